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
import { returnPathHostOf, type DkimSelector, type ProviderInDns } from './provider-in-dns.ts';
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
 * @param ttl is shortened to the least TTL of the answers
 */
export async function verifyDomain(
  resolver: DnsResolver,
  domain: string,
  { dmarc, organisationalDomain, reason: unknown }: DmarcFinding,
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<Verification> {
  const strict = dmarc.kind === 'published' && dmarc.strictDkim;
  const related = [domain, organisationalDomain ?? domain];
  const signers = [...new Set(strict ? [domain] : related)];
  const key = await findKey(resolver, signers, provider, ttl);
  if (key.kind === 'missing') {
    const reason = key.reason ?? (strict ? undefined : unknown);
    if (reason !== undefined) return { facts: { kind: 'temperror', reason } };
    return { facts: { kind: 'none', missing: key.missing } };
  }
  const [returnPath, binding] = await Promise.all([
    findReturnPath(resolver, [...new Set([key.signingDomain, ...related])], provider, ttl),
    findTenantBinding(resolver, domain, ttl),
  ]);
  if (binding.kind === 'failed') {
    return { facts: { kind: 'temperror', reason: binding.reason } };
  }
  const { signingDomain, selector } = key;
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
  | { readonly kind: 'missing'; readonly missing: readonly string[]; readonly reason?: string };

async function findKey(
  resolver: DnsResolver,
  domains: readonly string[],
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<KeySearch> {
  const missing: string[] = [];
  let failure: string | undefined;
  const pairs = domains.flatMap((domain) =>
    provider.selectors.map((key): readonly [string, DkimSelector] => [domain, key]),
  );
  for (const [signingDomain, key] of pairs) {
    const check = await checkKey(resolver, signingDomain, key, provider, ttl);
    if (check.kind === 'ours') return { kind: 'found', signingDomain, selector: key.selector };
    if (check.kind === 'failed') failure ??= check.reason;
    // Of keys that are not in use any more nobody need mend anything.
    else if (key === provider.selectors[0]) missing.push(check.missing);
  }
  return { kind: 'missing', missing, ...(failure === undefined ? {} : { reason: failure }) };
}

type ReturnPathSearch =
  | { readonly kind: 'found'; readonly host: string }
  | { readonly kind: 'missing'; readonly missing: string };

async function findReturnPath(
  resolver: DnsResolver,
  domains: readonly string[],
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<ReturnPathSearch> {
  let missing: string | undefined;
  for (const domain of domains) {
    const host = returnPathHostOf(provider, domain);
    const check = await checkReturnPath(resolver, host, provider, ttl);
    if (check.kind === 'ours') return { kind: 'found', host };
    missing ??=
      check.kind === 'failed' ? `DNS did not answer for ${host} (${check.reason}).` : check.missing;
  }
  return { kind: 'missing', missing: missing ?? '' };
}
