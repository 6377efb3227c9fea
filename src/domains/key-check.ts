import { followCnames } from './cname-chain.ts';
import { judgeKeyRecords } from './dkim-key-record.ts';
import { keyRecordName, type DkimSelector, type ProviderInDns } from './provider-in-dns.ts';
import type { DnsResolver } from './resolver.ts';
import type { TimeToLive } from './time-to-live.ts';

/** Whether one selector below one domain shows our key. */
export type KeyCheck =
  | { readonly kind: 'ours' }
  /** `missing`: what to mend, one sentence. */
  | { readonly kind: 'not-ours'; readonly missing: string }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Checks the key record of a selector below a domain. What a receiver would read decides: the TXT
 * record there, directly or by a CNAME, must hold our key. Where our key is not known a CNAME to our
 * own record is enough.
 */
export async function checkKey(
  resolver: DnsResolver,
  domain: string,
  { selector, publicKey }: DkimSelector,
  provider: ProviderInDns,
  ttl: TimeToLive,
): Promise<KeyCheck> {
  const name = keyRecordName(selector, domain);
  const ours = keyRecordName(selector, provider.domain);
  const text = ttl.of(await resolver.resolve(name, 'TXT'));
  const judgement = text.kind === 'records' ? judgeKeyRecords(text.records, publicKey) : undefined;
  if (judgement?.kind === 'ours') return { kind: 'ours' };

  // Not as it should be: the way there says what to mend.
  const chain = await followCnames(resolver, name, ours, ttl);
  if (chain.kind === 'circle') {
    return { kind: 'not-ours', missing: `The CNAMEs at ${name} lead round in a circle.` };
  }
  if (chain.kind === 'failed') return text.kind === 'failed' ? text : chain;
  const target = chain.targets.at(-1);
  const pointsToUs = name === ours || chain.targets.includes(ours);
  if (publicKey === undefined && chain.targets.includes(ours)) return { kind: 'ours' };
  if (text.kind === 'failed') return { kind: 'failed', reason: text.reason };
  const found = judgement === undefined ? 'is not there' : judgement.why;
  if (pointsToUs) {
    const whose = `the record of the provider at ${ours}`;
    return {
      kind: 'not-ours',
      missing:
        target === undefined
          ? `${upperFirst(whose)} ${found}.`
          : `${name} points to ${ours} as it should, but ${whose} ${found}.`,
    };
  }
  if (target !== undefined) {
    return { kind: 'not-ours', missing: `${name} points to ${target} instead of ${ours}.` };
  }
  return {
    kind: 'not-ours',
    missing:
      judgement === undefined
        ? `There is no record at ${name}.`
        : `The record at ${name} ${found}.`,
  };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
