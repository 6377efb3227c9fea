/**
 * Whether a customer's domain lets us sign and receive bounces for it. DNS is the only registry:
 *
 * 1. Our key is looked for below the domain in From, each selector, the active one first; then below
 *    its organisational domain, unless DMARC asks for the identical one (`adkim=s`).
 * 2. Where a key is ours, the return-path host is looked at, and who the domain is bound to.
 * 3. Where DNS does not answer a question that the result depends on, the result is a `temperror`.
 *    A return path that does not answer only counts as missing: DKIM alone is enough to pass.
 */
import type { VerificationFacts } from '../mail/domain-facts.ts';
import type { DmarcFinding } from './dmarc.ts';
import { checkKey } from './key-check.ts';
import { returnPathHostOf, type ProviderInDns } from './provider-in-dns.ts';
import type { DnsResolver } from './resolver.ts';
import { checkReturnPath } from './return-path-check.ts';
import { findTenantBinding } from './tenant-binding.ts';
import type { TimeToLive } from './time-to-live.ts';

/** What {@link verifyDomain} found, before it is known who asks. */
export interface Verification {
  readonly facts: VerificationFacts;
  /** Where the domain is bound: the record that says so, and the tenants that may use it. */
  readonly binding?: { readonly name: string; readonly tenants: readonly string[] };
}

/**
 * Verifies a domain in DNS.
 *
 * @param domain in lower-case A-labels
 * @param finding on its way; the domain's own key is looked for meanwhile
 * @param ttl is shortened to the least TTL of the answers
 */
export async function verifyDomain(
  resolver: DnsResolver,
  domain: string,
  finding: Promise<DmarcFinding>,
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<Verification> {
  const [own, { dmarc, organisationalDomain = domain, reason }] = await Promise.all([
    findKey(resolver, domain, provider, ttl),
    finding,
  ]);
  const strict = dmarc.kind === 'published' && dmarc.strictDkim;
  const hasOther = organisationalDomain !== domain && !strict;
  const key =
    own.kind === 'found' || !hasOther
      ? own
      : await findKey(resolver, organisationalDomain, provider, ttl);
  if (key.kind !== 'found') {
    const tried = hasOther ? [own, key] : [own];
    const silent = tried.find((each) => each.kind === 'failed')?.reason;
    const unknown = silent ?? (strict ? undefined : reason);
    if (unknown !== undefined) return { facts: { kind: 'temperror', reason: unknown } };
    const missing = tried.flatMap((each) => (each.kind === 'missing' ? each.missing : []));
    return { facts: { kind: 'none', missing } };
  }
  const { signingDomain, selector } = key;
  const hosts = [...new Set([signingDomain, domain, organisationalDomain])].map((each) =>
    returnPathHostOf(provider, each),
  );
  const [returnPath, binding] = await Promise.all([
    findReturnPath(resolver, hosts, provider, ttl),
    findTenantBinding(resolver, domain, ttl),
  ]);
  if (binding.kind === 'failed') {
    return { facts: { kind: 'temperror', reason: binding.reason } };
  }
  const facts: VerificationFacts =
    returnPath.kind === 'found'
      ? { kind: 'dkim+returnpath', signingDomain, selector, returnPathHost: returnPath.host }
      : { kind: 'dkim', signingDomain, selector, missing: [returnPath.missing] };
  return binding.kind === 'free'
    ? { facts }
    : { facts, binding: { name: binding.name, tenants: binding.tenants } };
}

type KeySearch =
  | { readonly kind: 'found'; readonly signingDomain: string; readonly selector: string }
  | { readonly kind: 'missing'; readonly missing: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Looks for a key of ours below one domain, the active one first. */
async function findKey(
  resolver: DnsResolver,
  signingDomain: string,
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<KeySearch> {
  const missing: string[] = [];
  for (const key of provider.selectors) {
    const check = await checkKey(resolver, signingDomain, key, provider, ttl);
    if (check.kind === 'ours') return { kind: 'found', signingDomain, selector: key.selector };
    // Its other selectors lie with the same servers, and each would take as long to fail.
    if (check.kind === 'failed') return check;
    // Of keys that are not in use any more nobody need mend anything.
    if (key === provider.selectors[0]) missing.push(check.missing);
  }
  return { kind: 'missing', missing };
}

type ReturnPathSearch =
  | { readonly kind: 'found'; readonly host: string }
  | { readonly kind: 'missing'; readonly missing: string };

async function findReturnPath(
  resolver: DnsResolver,
  hosts: readonly string[],
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<ReturnPathSearch> {
  let missing: string | undefined;
  for (const host of hosts) {
    const check = await checkReturnPath(resolver, host, provider, ttl);
    if (check.kind === 'ours') return { kind: 'found', host };
    missing ??=
      check.kind === 'failed' ? `DNS did not answer for ${host} (${check.reason}).` : check.missing;
  }
  return { kind: 'missing', missing: missing ?? '' };
}
