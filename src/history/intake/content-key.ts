/**
 * The key of a mail's content: equal for the same mail however often and over whatever route it is
 * delivered, different for different mails.
 *
 * Neither the Message-ID alone (senders reuse them) nor a hash of the bytes (each delivery writes
 * other trace fields) will do. So it is SHA-256 over
 *
 *   1. the Message-ID in lower case,
 *   2. the other header fields in their order, unfolded, names in lower case, white space collapsed
 *      (relays fold anew), without those that servers add on the way: Received, Return-Path,
 *      delivery addresses, authentication results, signatures, spam and provider marks,
 *   3. the body with LF line ends and without line ends at its end (stores convert and add them).
 *
 * Leaving out a field too many costs nothing: two different mails still differ in Message-ID, Date,
 * Subject, addresses or body.
 */
import { createHash } from 'node:crypto';
import { normaliseLineEnds, readHeader, valuesOf } from './header-lines.ts';

const addedOnTheWay =
  /^(?:return-path|delivered-to|x-original-to|(?:x-)?envelope-to|(?:x-)?received(?:-spf)?|(?:arc-)?authentication-results|arc-.*|dkim-signature|domainkey-signature|x-google-.*|x-gm-.*|x-spam.*|x-virus.*|x-rspamd-.*|x-ms-exchange-.*|x-microsoft-antispam.*|x-forefront-.*|x-eopattributedmessage|status|x-status|x-uid|x-keywords)$/;

/** The content key of a mail: 64 hex digits. Takes about 5 ms per MB. */
export function contentKeyOf(raw: Buffer): string {
  const mail = normaliseLineEnds(raw);
  const header = readHeader(mail);
  const hash = createHash('sha256');
  const messageId = valuesOf(header.fields, 'message-id')[0] ?? '';
  hash.update(`${messageId.toLowerCase()}\n`);
  for (const field of header.fields) {
    if (field.name === 'message-id' || addedOnTheWay.test(field.name)) continue;
    hash.update(`${field.name}:${field.value.replace(/\s+/g, ' ')}\n`);
  }
  hash.update('\n');
  updateWithBody(hash, mail, header.bodyStart);
  return hash.digest('hex');
}

interface Hash {
  update(data: Buffer | string): unknown;
}

const chunkBytes = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;

function updateWithBody(hash: Hash, mail: Buffer, start: number): void {
  let end = mail.length;
  while (end > start && (mail[end - 1] === LF || mail[end - 1] === CR)) end -= 1;
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  // byte by byte: a mail of nothing but line ends would cost one call each otherwise
  for (let at = start; at < end; at += 1) {
    const byte = mail[at] ?? 0;
    if (byte === CR && mail[at + 1] === LF) continue;
    chunk[filled] = byte;
    filled += 1;
    if (filled < chunkBytes) continue;
    hash.update(chunk);
    filled = 0;
  }
  hash.update(chunk.subarray(0, filled));
}
