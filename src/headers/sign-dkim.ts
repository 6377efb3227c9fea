import { hash, sign, type KeyObject } from 'node:crypto';
import { headerNames } from '../mail/header-names.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { remembered } from '../runtime/remembered.ts';
import { relaxedBody, relaxedField, relaxedFields, type HeaderField } from './canonicalise.ts';
import { dkimProfile } from './dkim-profile.ts';
import { foldField, headerLineMax } from './fold.ts';
import type { RenderedMessage } from './masked-message.ts';

/*
 * A DKIM signature (RFC 6376, rsa-sha256, relaxed/relaxed) over a rendered message.
 *
 * 1. bh: hash of the whole canonical body; never `l=`, which would let anyone add to it.
 * 2. h: each name of the profile (dkim-profile.ts), there or not, and each other field that is there,
 *    once more often than it occurs: adding any of them breaks the signature.
 * 3. Signed are the fields in the order of h, repeated ones from the bottom up (§5.4.2), then the
 *    signature's own field with an empty b.
 */

/** With what a message is signed. */
export interface DkimSigning {
  /** The d= tag, a host name. */
  readonly domain: string;
  /** The s= tag: the key is published at `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** Private RSA key, see `createDkimSigner` for what is checked. */
  readonly key: KeyObject;
  /** The t= tag, ms since 1970; constant for a message, so that a retry has the same signature. */
  readonly signedAtMs: number;
  /** The x= tag, ms since 1970; default none. */
  readonly expiresAtMs?: number;
  /** Whether fields that the next hop may replace stay unsigned; default false. */
  readonly relaySafe?: boolean;
}

const listUnsubscribe = headerNames.listUnsubscribe.toLowerCase();

/**
 * Signs a message and returns the complete DKIM-Signature field with its final CRLF, to stand before
 * the head. The RSA operation runs in the thread pool, not on the event loop.
 *
 * @throws OnbehalfError `SIGNING_FAILED`; there is no outcome without a signature
 */
export async function signDkim(rendered: RenderedMessage, signing: DkimSigning): Promise<string> {
  const found = relaxedFields(rendered.head);
  const plan = signedFields(found, signing.relaySafe === true);
  let data = '';
  for (const at of plan.order) data += `${found[at]?.relaxed ?? ''}\r\n`;
  const body = relaxedBody(rendered.body, rendered.isRelaxed);
  const bodyHash = hash('sha256', body, 'base64');
  const unsigned = foldField(
    headerNames.dkimSignature,
    tagPieces(signing, plan.namePieces, bodyHash),
  );
  const withoutLineEnd = unsigned.slice(0, -2);
  data += relaxedField(withoutLineEnd).relaxed;
  const signature = await signature64(data, signing.key);
  return withoutLineEnd + folded(signature);
}

/** What of a header block is signed, by the names of its fields. */
interface SignedFields {
  /** Which fields are signed, in the order of h, as positions from the top. */
  readonly order: readonly number[];
  /** The h= tag. */
  readonly namePieces: readonly string[];
}

/** @throws OnbehalfError `SIGNING_FAILED` where there is not exactly one From field */
function signedFields(fields: readonly HeaderField[], isRelaySafe: boolean): SignedFields {
  let names = isRelaySafe ? relaySafeMark : '';
  for (const { name } of fields) names += `:${name}`;
  return planOf(names);
}

/** A colon cannot stand in a name. */
const relaySafeMark = 'relay-safe';

/**
 * First all names of the profile, then the others in their order; of each the fields from the bottom up.
 * Most messages have the fields of the one before.
 */
const planOf = remembered(500, (marked): SignedFields => {
  const [mark, ...found] = marked.split(':');
  const { always, never } = dkimProfile(found.includes(listUnsubscribe), mark === relaySafeMark);
  const byName = new Map<string, number[]>(always.map((name) => [name, []]));
  found.forEach((name, at) => {
    if (never.has(name)) return;
    const places = byName.get(name);
    if (places === undefined) byName.set(name, [at]);
    else places.push(at);
  });
  if (byName.get('from')?.length !== 1) {
    throw new OnbehalfError('SIGNING_FAILED', 'the message does not have exactly one From field');
  }
  const names = [...byName].flatMap(([name, places]) => [...places.map(() => name), name]);
  const order = [...byName.values()].flatMap((places) => places.toReversed());
  return { order, namePieces: namePieces(names) };
});

/** All tags; b= is the last and empty (§3.7), so the signature only has to be added at the end. */
function tagPieces(
  signing: DkimSigning,
  h: readonly string[],
  bodyHash: string,
): readonly string[] {
  const { domain, selector, expiresAtMs } = signing;
  return [
    'v=1;',
    'a=rsa-sha256;',
    'c=relaxed/relaxed;',
    `d=${domain};`,
    `s=${selector};`,
    `t=${seconds(signing.signedAtMs)};`,
    ...(expiresAtMs === undefined ? [] : [`x=${seconds(expiresAtMs)};`]),
    ...h,
    `bh=${bodyHash};`,
    'b=',
  ];
}

/** The h= tag, cut only at colons, where white space is allowed (§3.5), and only where a line is full. */
function namePieces(names: readonly string[]): readonly string[] {
  const pieces: string[] = [];
  let piece = 'h=';
  names.forEach((name, index) => {
    const next = index === 0 ? name : `:${name}`;
    if (piece.length + next.length > headerLineMax - 2) {
      pieces.push(`${piece}:`);
      piece = name;
    } else {
      piece += next;
    }
  });
  return [...pieces, `${piece};`];
}

function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}

function signature64(data: string, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(new OnbehalfError('SIGNING_FAILED', 'the DKIM key could not sign', { cause }));
    };
    try {
      sign('sha256', Buffer.from(data, 'latin1'), key, (error, signature) => {
        if (error === null) resolve(signature.toString('base64'));
        else fail(error);
      });
    } catch (error) {
      fail(error);
    }
  });
}

/** The signature in lines; white space inside b= does not count (§3.5). */
function folded(signature: string): string {
  let text = '';
  for (let start = 0; start < signature.length; start += headerLineMax - 1) {
    text += `\r\n ${signature.slice(start, start + headerLineMax - 1)}`;
  }
  return `${text}\r\n`;
}
