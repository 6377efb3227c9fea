import { dkimKeyText } from './dkim-key-record.ts';
import type { FromDomainRecord } from './kept-facts.ts';
import {
  bounceHostOf,
  keyRecordName,
  returnPathHostOf,
  type ProviderInDns,
} from './provider-in-dns.ts';
import { bindingName, bindingText } from './tenant-binding.ts';

/** A record that a customer adds to her DNS, ready to be copied. */
export interface DnsRecordToAdd {
  readonly name: string;
  readonly type: 'CNAME' | 'TXT';
  readonly value: string;
  /** What it is good for, one sentence. */
  readonly why: string;
  /** The same thing another way, where a CNAME cannot be used; never beside it. */
  readonly instead?: { readonly type: 'TXT'; readonly value: string };
}

/**
 * What a customer adds so that her mail is sent as her own; empty where nothing is missing or nobody
 * but the operator of a public mailbox domain could.
 *
 * @param tenant adds the record that keeps the domain for this tenant, unless it is there
 */
export function dnsRecordsToAdd(
  record: FromDomainRecord,
  provider: ProviderInDns,
  tenant?: string,
): readonly DnsRecordToAdd[] {
  if (record.freemail) return [];
  return [
    ...keyRecord(record, provider),
    ...returnPathRecord(record, provider),
    ...dmarcRecord(record),
    ...bindingRecord(record, tenant),
  ];
}

function keyRecord(
  { domain, verification }: FromDomainRecord,
  provider: ProviderInDns,
): readonly DnsRecordToAdd[] {
  const [active] = provider.selectors;
  if (active === undefined) return [];
  const { selector, publicKey } = active;
  const isThere = 'selector' in verification && verification.selector === selector;
  // At our own domain the key is no CNAME to itself.
  if (isThere || domain === provider.domain) return [];
  return [
    {
      name: keyRecordName(selector, domain),
      type: 'CNAME',
      value: keyRecordName(selector, provider.domain),
      why: `Lets us sign mail as ${domain} (DKIM), so that it passes DMARC.`,
      ...(publicKey === undefined
        ? {}
        : { instead: { type: 'TXT', value: dkimKeyText(publicKey) } }),
    },
  ];
}

function returnPathRecord(
  { domain, verification, dmarc }: FromDomainRecord,
  provider: ProviderInDns,
): readonly DnsRecordToAdd[] {
  // Under aspf=s a host below the domain does not align, so it would gain nothing.
  const useless = dmarc.kind === 'published' && dmarc.strictSpf;
  if (verification.kind === 'dkim+returnpath' || useless) return [];
  return [
    {
      name: returnPathHostOf(provider, domain),
      type: 'CNAME',
      value: bounceHostOf(provider),
      why: `Brings bounces back to us under ${domain}, so that SPF passes for it, too.`,
    },
  ];
}

function dmarcRecord({ domain, dmarc }: FromDomainRecord): readonly DnsRecordToAdd[] {
  if (dmarc.kind !== 'none-found') return [];
  return [
    {
      name: `_dmarc.${domain}`,
      type: 'TXT',
      value: 'v=DMARC1; p=none',
      why: 'Gmail, Yahoo and Outlook.com want a DMARC record from everybody who sends in bulk.',
    },
  ];
}

function bindingRecord(
  { domain, binding }: FromDomainRecord,
  tenant: string | undefined,
): readonly DnsRecordToAdd[] {
  if (tenant === undefined || binding?.tenants.includes(tenant) === true) return [];
  const why =
    binding === undefined
      ? `Optional: keeps ${domain} for tenant ${tenant}, so that no other customer of the provider can use it.`
      : `Lets tenant ${tenant} use ${domain}, which is kept for others (${binding.name}).`;
  return [{ name: bindingName(domain), type: 'TXT', value: bindingText(tenant), why }];
}
