import { createHash } from 'node:crypto';
import type { FactsCache } from '../mail/facts-cache.ts';
import type { FromDomainFacts } from '../mail/domain-facts.ts';
import type { RecipientFact } from '../mail/mode-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { CachedLookups } from './cached-lookups.ts';
import { findDmarc } from './dmarc.ts';
import { isFreemail } from './freemail.ts';
import { isFromDomainRecord, type FromDomainRecord } from './kept-facts.ts';
import type { ProviderInDns } from './provider-in-dns.ts';
import { checkedDomain, createRecipientProviders } from './recipient-providers.ts';
import type { DnsResolver } from './resolver.ts';
import { TimeToLive } from './time-to-live.ts';
import { verifyDomain, type Verification } from './verify-domain.ts';

export type { ProviderInDns } from './provider-in-dns.ts';

/** Facts of domains, cached. */
export interface DomainFacts {
  /**
   * What DNS says of a domain in From.
   *
   * @param tenant the customer organisation that wants to send; a domain may be bound to one
   * @throws OnbehalfError `INVALID_INPUT` for what is no domain; DNS failures are `temperror` facts
   */
  factsOf(domain: string, tenant: string): Promise<FromDomainFacts>;
  /**
   * Who runs the mailboxes of a recipient's domain; `temperror` where DNS did not say.
   *
   * @throws OnbehalfError `INVALID_INPUT` for what is no domain
   */
  providerOf(recipientDomain: string): Promise<RecipientFact>;
  /** Forgets what is kept of a domain, e.g. after a refusal by policy: the next question asks DNS. */
  recheck(domain: string): Promise<void>;
}

/** Options of {@link createDomainFacts}. */
export interface DomainFactsOptions {
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  readonly provider: ProviderInDns;
  /** Shared with other processes; default: this process remembers for itself. */
  readonly cache?: FactsCache;
  readonly logger?: Logger;
}

/** Makes the facts of domains; holds nothing that needs closing. */
export function createDomainFacts(options: DomainFactsOptions): DomainFacts {
  const { resolver, clock, provider, cache, logger } = options;
  const senders = new CachedLookups<FromDomainRecord>({
    clock,
    cache,
    logger,
    // Facts hold for one provider with one set of keys; another one must not read them.
    prefix: `from:${fingerprintOf(provider)}:`,
    isValue: isFromDomainRecord,
    lookUp: async (domain, ttl) => inspectDomain(resolver, domain, provider, ttl),
  });
  const recipients = createRecipientProviders({
    resolver,
    clock,
    ...(cache === undefined ? {} : { cache }),
    ...(logger === undefined ? {} : { logger }),
  });
  return {
    async factsOf(domain, tenant) {
      return factsFor(await senders.get(checkedDomain(domain)), tenant);
    },
    providerOf: (recipientDomain) => recipients.providerOf(recipientDomain),
    async recheck(domain) {
      const name = checkedDomain(domain);
      await Promise.all([senders.drop(name), recipients.drop(name)]);
    },
  };
}

/** The facts as they hold for one tenant: a domain bound to others is not verified for it. */
export function factsFor(record: FromDomainRecord, tenant: string): FromDomainFacts {
  const { binding } = record;
  const facts = unbound.get(record) ?? withoutBinding(record);
  if (binding === undefined || binding.tenants.includes(tenant)) return facts;
  const sentence = `${facts.domain} is bound to another tenant than ${tenant} (TXT at ${binding.name}).`;
  return { ...facts, verification: { kind: 'none', missing: [sentence] } };
}

/** The same facts for the same record, which is kept as long as DNS allows. */
const unbound = new WeakMap<FromDomainRecord, FromDomainFacts>();

function withoutBinding(record: FromDomainRecord): FromDomainFacts {
  const { binding: _binding, ...facts } = record;
  unbound.set(record, facts);
  return facts;
}

/**
 * Asks DNS about a domain in From, whoever may use it; nothing is kept.
 *
 * @param domain in lower-case A-labels
 * @param ttl is shortened to the least TTL of the answers
 */
export async function inspectDomain(
  resolver: DnsResolver,
  domain: string,
  provider: ProviderInDns,
  ttl: TimeToLive = new TimeToLive(),
): Promise<FromDomainRecord> {
  const asking = findDmarc(resolver, domain, ttl);
  const freemail = isFreemail(domain);
  const { facts, binding } = freemail
    ? { facts: unverifiable(domain), binding: undefined }
    : await verifyDomain(resolver, domain, asking, provider, ttl);
  const finding = await asking;
  return {
    domain,
    // Not known where DNS did not answer: then the domain aligns with nothing but itself.
    organisationalDomain: finding.organisationalDomain ?? domain,
    freemail,
    dmarc: finding.dmarc,
    verification: facts,
    ...(binding === undefined ? {} : { binding }),
  };
}

function unverifiable(domain: string): Verification['facts'] {
  const sentence = `${domain} gives mailboxes to the public: only who runs it could add records.`;
  return { kind: 'none', missing: [sentence] };
}

function fingerprintOf(provider: ProviderInDns): string {
  const { domain, selectors, bounceHost, returnPathLabel } = provider;
  const keys = selectors.map(({ selector, publicKey }) => [selector, publicKey ?? null]);
  const text = JSON.stringify([domain, keys, bounceHost ?? null, returnPathLabel ?? null]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}
