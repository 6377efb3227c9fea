/**
 * Who runs the mailboxes of a recipient's domain: the owner of its MX hosts. Of several hosts the
 * most preferred ones count, and of those a large provider before an unknown one. A domain without
 * MX takes mail at its own address (RFC 5321 §5.1), one with a null MX takes none (RFC 7505): both
 * are `other`. The well-known public domains are known without DNS.
 */
import type { RecipientProvider } from '../mail/domain-facts.ts';
import { freemailProvider } from './freemail.ts';
import type { DnsRecords, DnsResolver } from './resolver.ts';
import type { TimeToLive } from './time-to-live.ts';

/** Domains that MX hosts of a provider lie in. */
const mxDomains: readonly (readonly [RecipientProvider, readonly string[]])[] = [
  ['gmail', ['google.com', 'googlemail.com']],
  [
    'microsoft',
    ['outlook.com', 'mx.microsoft', 'hotmail.com', 'office365.us', 'partner.outlook.cn'],
  ],
  ['yahoo', ['yahoodns.net', 'yahoo.com', 'aol.com']],
  ['apple', ['icloud.com', 'me.com', 'mac.com']],
];

/** What {@link findRecipientProvider} found. */
export type RecipientProviderFinding =
  | { readonly kind: 'known'; readonly provider: RecipientProvider }
  | { readonly kind: 'temperror'; readonly reason: string };

/**
 * Finds the provider of a recipient's domain.
 *
 * @param domain in lower-case A-labels
 * @param ttl is shortened to the TTL of the answer
 */
export async function findRecipientProvider(
  resolver: DnsResolver,
  domain: string,
  ttl: TimeToLive,
): Promise<RecipientProviderFinding> {
  const known = freemailProvider(domain);
  if (known !== undefined) return { kind: 'known', provider: known };
  const answer = ttl.of(await resolver.resolve(domain, 'MX'));
  switch (answer.kind) {
    case 'failed':
      return { kind: 'temperror', reason: answer.reason };
    case 'no-data':
    case 'no-name':
      return { kind: 'known', provider: 'other' };
    case 'records':
      return { kind: 'known', provider: providerOfExchanges(answer.records) };
  }
}

/** The provider behind MX records. */
function providerOfExchanges(records: readonly DnsRecords['MX'][]): RecipientProvider {
  const best = Math.min(...records.map(({ priority }) => priority));
  const providers = records
    .filter(({ priority }) => priority === best)
    .map(({ exchange }) => providerOfHost(exchange));
  return providers.find((provider) => provider !== 'other') ?? 'other';
}

function providerOfHost(host: string): RecipientProvider {
  const found = mxDomains.find(([, domains]) =>
    domains.some((domain) => host === domain || host.endsWith(`.${domain}`)),
  );
  return found?.[0] ?? 'other';
}
