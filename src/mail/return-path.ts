import { base32 } from './base32.ts';
import { readDomain, type EmailAddress } from './address.ts';
import { isSendId, type SendId } from './ids.ts';
import { equalInConstantTime, macOf, type Keyring } from './keyring.ts';

/*
 * The return path of a send: `b-<key id><day><send id>-<mac>@<bounce host>`, e.g.
 * b-a0fjk…-….  The day is days since 1970 in base 36, four characters; the mac is 80 bits of
 * HMAC-SHA-256 over key id, day and send id. All of it is lower case, because intermediaries fold
 * case, and the local part is 50 octets, below the 64 of RFC 5321 §4.5.3.1.1. No database is
 * needed to check one.
 */

const dayMs = 86_400_000;
const macBytes = 10;
/** The 254 octets of a path (RFC 5321 §4.5.3.1.3) without the local part and the @. */
const bounceHostMax = 254 - 51;
const pattern = /^b-([a-z2-7])([0-9a-z]{4})([a-z2-7]{26})-([a-z2-7]{16})$/;

/** What a return path tells once its mac is proven. */
export interface ReturnPath {
  readonly sendId: SendId;
  /** Days since 1970 on which it was made. */
  readonly day: number;
}

/** Makes the return path of a send for the day of `atMs`. */
export function formatReturnPath(
  keyring: Keyring,
  sendId: SendId,
  atMs: number,
  bounceHost: string,
): EmailAddress {
  const day = Math.floor(atMs / dayMs)
    .toString(36)
    .padStart(4, '0');
  const token = `b-${keyring.current}${day}${sendId}-${mac(keyring, keyring.current, day, sendId)}`;
  // The token is an atom of a fixed length: only the host could be wrong.
  if (readDomain(bounceHost) !== bounceHost || bounceHost.length > bounceHostMax) {
    throw new TypeError(`bounce host ${bounceHost}: is no host name, or too long`);
  }
  return `${token}@${bounceHost}` as EmailAddress;
}

/** What a local part is, looked at as a return path of ours. */
export type ReturnPathReading =
  /** It does not have the form of one. */
  | { readonly kind: 'none' }
  /** The form of one, but made with none of our keys. */
  | { readonly kind: 'forged' }
  /** Made by us, but older than it may be, or of a day that has not come. */
  | ({ readonly kind: 'out-of-time' } & ReturnPath)
  | ({ readonly kind: 'proven' } & ReturnPath);

/**
 * Reads and proves a return path, and says what is wrong with one that is not proven.
 *
 * @param maxAgeDays how old it may be; default 60
 */
export function readReturnPath(
  keyring: Keyring,
  localPart: string,
  nowMs: number,
  maxAgeDays = 60,
): ReturnPathReading {
  const match = pattern.exec(localPart.toLowerCase());
  if (match === null) return { kind: 'none' };
  const [, keyId = '', day = '', sendId = '', given = ''] = match;
  if (!isSendId(sendId) || !Object.hasOwn(keyring.keys, keyId)) return { kind: 'forged' };
  if (!equalInConstantTime(given, mac(keyring, keyId, day, sendId))) return { kind: 'forged' };
  const days = Number.parseInt(day, 36);
  const age = Math.floor(nowMs / dayMs) - days;
  const kind = age > maxAgeDays || age < -1 ? 'out-of-time' : 'proven';
  return { kind, sendId, day: days };
}

/**
 * Reads and proves a return path: undefined unless the mac is ours, the key id known and the day
 * not older than `maxAgeDays` (nor in the future by more than a day).
 */
export function parseReturnPath(
  keyring: Keyring,
  localPart: string,
  nowMs: number,
  maxAgeDays = 60,
): ReturnPath | undefined {
  const reading = readReturnPath(keyring, localPart, nowMs, maxAgeDays);
  return reading.kind === 'proven' ? { sendId: reading.sendId, day: reading.day } : undefined;
}

function mac(keyring: Keyring, keyId: string, day: string, sendId: SendId): string {
  const bytes = macOf(keyring, keyId, 'return-path', day, sendId);
  if (bytes === undefined) throw new TypeError(`keyring has no key "${keyId}"`);
  return base32(bytes.subarray(0, macBytes));
}
