import { expect } from '@jest/globals';
import { factsFor, inspectDomain, type ProviderInDns } from '../../src/domains/domain-facts.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import type { VerificationFacts } from '../../src/mail/domain-facts.ts';

/** The provider: two keys, the newer one active. */
export const provider: ProviderInDns = {
  domain: 'crm.example',
  selectors: [
    { selector: 's2', publicKey: 'NEWKEY' },
    { selector: 's1', publicKey: 'OLDKEY' },
  ],
};
/** The provider where its key is not known. */
/** A key record. */
export const keyless: ProviderInDns = { domain: 'crm.example', selectors: [{ selector: 's2' }] };

/** TXT records of one string each. */
export const txt = (...texts: readonly string[]) => ({ TXT: texts.map((text) => [text]) });
/** A CNAME. */
export const cname = (name: string) => ({ CNAME: [name] });
export const key = (p: string) => txt(`v=DKIM1; k=rsa; p=${p}`);
/** MX records of equal preference. */
export const mx = (...hosts: readonly string[]) => ({
  MX: hosts.map((exchange) => ({ priority: 10, exchange })),
});

/** Our own records, as they are when all is well. */
export const ours = {
  's2._domainkey.crm.example': key('NEWKEY'),
  's1._domainkey.crm.example': key('OLDKEY'),
};
/** Where our active key stands for acme.example. */
export const keyName = 's2._domainkey.acme.example';
/** acme.example with our key by CNAME. */
export const byCname = { ...ours, [keyName]: cname('s2._domainkey.crm.example') };
/** The return path of acme.example. */
export const returnPath = { 'em.acme.example': cname('bounce.crm.example') };

interface Options {
  readonly domain?: string;
  readonly tenant?: string;
  readonly provider?: ProviderInDns;
}

/** The verification of a domain in a zone. */
export async function verify(zone: unknown, options: Options = {}): Promise<VerificationFacts> {
  const { domain = 'acme.example', tenant = 'acme' } = options;
  const resolver = createZoneResolver(zone);
  const record = await inspectDomain(resolver, domain, options.provider ?? provider);
  return factsFor(record, tenant).verification;
}

/** Expected facts: DKIM only. */
export const dkim = (more: object = {}) => ({
  kind: 'dkim',
  signingDomain: 'acme.example',
  selector: 's2',
  missing: [expect.any(String)],
  ...more,
});
/** Expected facts: DKIM and return path. */
export const both = (more: object = {}) => ({
  kind: 'dkim+returnpath',
  signingDomain: 'acme.example',
  selector: 's2',
  returnPathHost: 'em.acme.example',
  ...more,
});
/** Expected facts: not verified, with these sentences. */
export const none = (...missing: readonly string[]) => ({
  kind: 'none',
  missing: missing.map((each) => expect.stringContaining(each)),
});
