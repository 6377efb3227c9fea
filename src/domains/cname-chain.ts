import type { DnsResolver } from './resolver.ts';
import type { TimeToLive } from './time-to-live.ts';

const linksMax = 8;

/** Where the CNAMEs at a name lead. */
export type CnameChain =
  /** The names after the first one, in order; none where there is no CNAME. */
  | { readonly kind: 'chain'; readonly targets: readonly string[] }
  /** They lead back to a name of their own, or on and on. */
  | { readonly kind: 'circle' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Follows the CNAMEs at a name one by one, up to 8.
 *
 * @param until where to stop, and not to ask on
 */
export async function followCnames(
  resolver: DnsResolver,
  name: string,
  until: string,
  ttl: TimeToLive,
): Promise<CnameChain> {
  const targets: string[] = [];
  let at = name;
  while (targets.length < linksMax) {
    const answer = ttl.of(await resolver.resolve(at, 'CNAME'));
    if (answer.kind === 'failed') return { kind: 'failed', reason: answer.reason };
    const target = answer.kind === 'records' ? answer.records[0] : undefined;
    if (target === undefined) return { kind: 'chain', targets };
    if (target === name || targets.includes(target)) return { kind: 'circle' };
    targets.push(target);
    if (target === until) return { kind: 'chain', targets };
    at = target;
  }
  return { kind: 'circle' };
}
