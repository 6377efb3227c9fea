import { createPrivateKey, createPublicKey } from 'node:crypto';
import { splitTags } from './tag-list.ts';

/*
 * Key records of DKIM (RFC 6376 §3.6.1), judged by one question: would a signature of ours pass with
 * it?
 */

/** The public half of a private key in PEM as it stands in p=: DER, in base64. */
export function dkimPublicKey(privateKey: string): string {
  const key = createPublicKey(createPrivateKey(privateKey));
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The TXT record that publishes a public key. */
export function dkimKeyText(publicKey: string): string {
  return `v=DKIM1; k=rsa; p=${publicKey}`;
}

/** What {@link judgeKeyRecords} says: ours, or why it is not, to follow "the record at …". */
export type KeyJudgement =
  { readonly kind: 'ours' } | { readonly kind: 'not-ours'; readonly why: string };

/**
 * Judges the TXT records at a selector.
 *
 * @param records the strings of each record
 * @param publicKey ours; undefined where it is not known here, and then nothing can be told
 */
export function judgeKeyRecords(
  records: readonly (readonly string[])[],
  publicKey: string | undefined,
): KeyJudgement {
  const keys = records.flatMap((strings) => readKeyRecord(strings.join('')) ?? []);
  const [tags] = keys;
  if (tags === undefined) return no('is no DKIM key');
  if (keys.length > 1)
    return no('stands beside another DKIM key, and a selector may have one only');
  const valueOf = (name: string): string => tags.get(name) ?? '';
  const listOf = (name: string): readonly string[] =>
    valueOf(name)
      .split(':')
      .map((each) => each.trim());
  const p = valueOf('p').replace(/\s/g, '');
  if (p === '') return no('is a revoked DKIM key (p= is empty)');
  if (tags.has('k') && valueOf('k') !== 'rsa') return no('is a key of another type than ours, rsa');
  if (tags.has('h') && !listOf('h').includes('sha256')) return no('forbids sha256 (h=)');
  if (tags.has('s') && !listOf('s').some((each) => each === '*' || each === 'email')) {
    return no('is not for email (s=)');
  }
  if (listOf('t').includes('y')) return no('is marked as a test (t=y), which receivers may ignore');
  if (publicKey === undefined) {
    return no('is a DKIM key, but none of ours is known here to compare it with');
  }
  return p === publicKey ? { kind: 'ours' } : no('is another DKIM key than ours');
}

function no(why: string): KeyJudgement {
  return { kind: 'not-ours', why };
}

/** The tags of a key record; undefined for a text that is none, like the SPF of a wildcard. */
function readKeyRecord(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const tag of splitTags(text)) {
    if (tag === undefined || tags.has(tag.name)) return undefined;
    if (tag.name === 'v' && (tags.size > 0 || tag.value !== 'DKIM1')) return undefined;
    tags.set(tag.name, tag.value);
  }
  return tags.has('p') ? tags : undefined;
}
