import { createHash, hash } from 'node:crypto';
import { addressKey, domainOf, type EmailAddress } from '../mail/address.ts';
import { remembered } from '../runtime/remembered.ts';
import { isSuppressionReason, suppressionReasons } from './suppression-reasons.ts';
import type { MirroredSuppression, SuppressionScope } from './suppression-mirror.ts';

/*
 * A suppression as it lies in Redis. Its place is a digest of tenant and address (or domain), of 10
 * bytes: 15 bits choose the bucket, 8 bytes are the field in it. The value of a field is one record
 * after another: that of the address itself, and one for each sender it gets no mail from, so that one
 * look-up tells all, also to somebody who does not know the sender yet.
 *
 *   length    1 byte, this one included: a later release may append to a record
 *   kind      1 byte: a, p (pair) or d (domain); for a pair 8 bytes more, a digest of the sender
 *   since     6 bytes, ms since 1970
 *   ends      6 bytes, ms since 1970, or 0
 *   reason    1 byte; 0 where it has no number, then one byte for its length and the text
 */

/** Bytes of a place. */
const placeBytes = 10;
const senderBytes = 8;
const timeBytes = 6;
/** A longer reason, in bytes, is cut: a record has one byte for its length. */
const reasonBytesMax = 200;

const kindBytes = { address: 0x61, pair: 0x70, domain: 0x64 } as const;

/** Place of a suppression. */
export function placeOfScope(tenant: string, scope: SuppressionScope): Buffer {
  const hex =
    scope.kind === 'domain'
      ? hexPlaceOf(tenant, 'domain', scope.domain)
      : hexPlaceOf(tenant, 'address', scope.address);
  return Buffer.from(hex, 'hex');
}

/** What tells the records at one place apart; a record has it after its length. */
export function recordIdOf(scope: SuppressionScope): Buffer {
  const kind = Buffer.of(kindBytes[scope.kind]);
  return scope.kind === 'pair' ? Buffer.concat([kind, digestOfSender(scope.sender)]) : kind;
}

/** The record of a suppression. */
export function recordOf({ scope, since, expiresAt = 0, reason }: MirroredSuppression): Buffer {
  const times = Buffer.alloc(2 * timeBytes);
  times.writeUIntBE(since, 0, timeBytes);
  times.writeUIntBE(expiresAt, timeBytes, timeBytes);
  const body = Buffer.concat([recordIdOf(scope), times, bytesOfReason(reason)]);
  return Buffer.concat([Buffer.of(body.length + 1), body]);
}

/** 16 hex digits that stand for a suppression, the same wherever it lies; {@link joinDigests} adds them up. */
export function suppressionDigest(entry: MirroredSuppression): string {
  return createHash('sha1')
    .update(placeOfScope(entry.tenant, entry.scope))
    .update(recordOf(entry))
    .digest('hex')
    .slice(0, 16);
}

/** The digest of no suppression at all. */
export const emptyDigest = '0'.repeat(16);

/** Digest of two lists together, in whatever order; joined a second time it is taken out again. */
export function joinDigests(one: string, other: string): string {
  return (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(16).padStart(16, '0');
}

/** Whom a look-up is about. */
export interface LookedUp {
  readonly tenant: string;
  readonly recipient: EmailAddress;
  /** The user on whose behalf. */
  readonly sender: EmailAddress;
}

/** What a script needs to look an address up: the place of the address, and that of its domain, in hex digits. */
export function lookUpValue(tenant: string, recipient: EmailAddress): string {
  const address = hexPlaceOf(tenant, 'address', addressKey(recipient));
  return `${address}${hexPlaceOf(tenant, 'domain', domainOf(recipient))}`;
}

/**
 * The suppression that holds, of the records that a look-up found: that of the address, else of the
 * pair, else of the domain; undefined where none does (any more).
 *
 * @param records hex digits
 * @param now ms since 1970, by the clock of Redis
 */
export function suppressionIn(
  records: string,
  { tenant, recipient, sender }: LookedUp,
  now: number,
): MirroredSuppression | undefined {
  const address = addressKey(recipient);
  const scopes: readonly SuppressionScope[] = [
    { kind: 'address', address },
    { kind: 'pair', address, sender: addressKey(sender) },
    { kind: 'domain', domain: domainOf(recipient) },
  ];
  const found = splitRecords(Buffer.from(records, 'hex'));
  for (const scope of scopes) {
    const id = recordIdOf(scope);
    for (const record of found) {
      if (!record.subarray(1, 1 + id.length).equals(id)) continue;
      const entry = readRecord(tenant, scope, record.subarray(1 + id.length));
      if (entry.expiresAt === undefined || now < entry.expiresAt) return entry;
    }
  }
  return undefined;
}

function readRecord(tenant: string, scope: SuppressionScope, rest: Buffer): MirroredSuppression {
  const expiresAt = rest.readUIntBE(timeBytes, timeBytes);
  return {
    tenant,
    scope,
    reason: readReason(rest.subarray(2 * timeBytes)),
    since: rest.readUIntBE(0, timeBytes),
    ...(expiresAt === 0 ? {} : { expiresAt }),
  };
}

function splitRecords(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] ?? 0;
    if (length === 0) break;
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

function bytesOfReason(reason: string): Buffer {
  if (isSuppressionReason(reason)) return Buffer.of(suppressionReasons.indexOf(reason) + 1);
  const text = Buffer.from(reason).subarray(0, reasonBytesMax);
  return Buffer.concat([Buffer.of(0, text.length), text]);
}

function readReason(bytes: Buffer): string {
  const [number = 0, length = 0] = bytes;
  if (number === 0) return bytes.toString('utf8', 2, 2 + length);
  // A number of a later release: what it stands for is not known here, that it suppresses is.
  return suppressionReasons[number - 1] ?? 'unknown';
}

function digestOfSender(sender: string): Buffer {
  return Buffer.from(hexDigestOf(`sender\0${sender}`).slice(0, 2 * senderBytes), 'hex');
}

/** Place of all suppressions of an address, its pairs included, or of a domain. */
function hexPlaceOf(tenant: string, kind: 'address' | 'domain', name: string): string {
  const text = `${kind}\0${tenant}\0${name}`;
  return kind === 'domain' ? hexPlaceOfDomain(text) : hexPlace(text);
}

/** Many addresses have the same few domains. */
const hexPlaceOfDomain = remembered(4_096, hexPlace);

function hexPlace(text: string): string {
  return hexDigestOf(text).slice(0, 2 * placeBytes);
}

function hexDigestOf(text: string): string {
  return hash('sha256', text, 'hex');
}
