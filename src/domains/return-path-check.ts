/**
 * Whether a host below a customer's domain may stand in MAIL FROM: bounces to it must reach our
 * bounce host, and its SPF must let our relays send. Two ways lead there:
 *
 * - a CNAME to our bounce host, which brings MX and SPF with it; or
 * - an MX to our bounce host and nothing else, and a TXT `v=spf1` that includes our bounce host
 *   before any `all`.
 */
import { followCnames } from './cname-chain.ts';
import { bounceHostOf, type ProviderInDns } from './provider-in-dns.ts';
import { dnsName, type DnsResolver } from './resolver.ts';
import type { TimeToLive } from './time-to-live.ts';

/** Whether a return-path host leads to us. */
export type ReturnPathCheck =
  | { readonly kind: 'ours' }
  /** `missing`: what to mend, one sentence. */
  | { readonly kind: 'not-ours'; readonly missing: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Checks one host. */
export async function checkReturnPath(
  resolver: DnsResolver,
  host: string,
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<ReturnPathCheck> {
  const bounceHost = bounceHostOf(provider);
  const chain = await followCnames(resolver, host, bounceHost, ttl);
  if (chain.kind === 'failed') return chain;
  if (chain.kind === 'circle') return no(`The CNAMEs at ${host} lead round in a circle.`);
  if (chain.targets.includes(bounceHost)) return { kind: 'ours' };
  const target = chain.targets.at(-1);
  if (target !== undefined) return no(`${host} points to ${target} instead of ${bounceHost}.`);

  const mx = ttl.of(await resolver.resolve(host, 'MX'));
  if (mx.kind === 'failed') return mx;
  if (mx.kind !== 'records') return no(`There is no CNAME at ${host}.`);
  const other = mx.records.find(({ exchange }) => exchange !== bounceHost);
  if (other !== undefined) {
    return no(`The MX of ${host} is ${other.exchange || 'none'}, so bounces would not reach us.`);
  }
  const txt = ttl.of(await resolver.resolve(host, 'TXT'));
  if (txt.kind === 'failed') return txt;
  const texts = txt.kind === 'records' ? txt.records.map((strings) => strings.join('')) : [];
  const policies = texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
  if (policies.length > 1) return no(`There are several SPF records at ${host}.`);
  return spfIncludes(policies[0] ?? '', bounceHost)
    ? { kind: 'ours' }
    : no(`The SPF record at ${host} does not include:${bounceHost}.`);
}

/** Whether an SPF record takes over what another domain allows (RFC 7208 §5.2, §6.1). */
function spfIncludes(text: string, host: string): boolean {
  const terms = text.split(' ').map((term) => dnsName(term));
  const all = terms.findIndex((term) => /^[-+~?]?all$/.test(term));
  const reached = all === -1 ? terms : terms.slice(0, all);
  return (
    reached.some((term) => term === `include:${host}` || term === `+include:${host}`) ||
    (all === -1 && reached.includes(`redirect=${host}`))
  );
}

function no(missing: string): ReturnPathCheck {
  return { kind: 'not-ours', missing };
}
