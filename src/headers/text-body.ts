import { encodeBase64Body } from './base64-body.ts';
import { encodeQuotedPrintable, isMisreadAtLineStart } from './quoted-printable.ts';

/** How the octets of a body are written (RFC 2045 §6). Never 8bit: not every server takes it. */
export type TransferEncoding = '7bit' | 'quoted-printable' | 'base64';

/** A body in its transfer encoding: ASCII, lines end in CRLF. */
export interface EncodedBody {
  readonly encoding: TransferEncoding;
  readonly body: string;
}

/** Longest line of a 7bit body: the 78 of RFC 5322 §2.1.1. */
const lineMax = 78;
const lf = 0x0a;
const space = 0x20;

/**
 * Encodes a text body. Each CR, LF and CRLF is a line end and becomes CRLF, before anything is signed.
 *
 * 7bit where nothing on the way can have a reason to change it (the same conditions that
 * quoted-printable.ts keeps, on lines of at most 78); else quoted-printable, which people and filters
 * can read; base64 where at least half of the octets are not ASCII, as in scripts that are not Latin.
 */
export function encodeTextBody(text: string): EncodedBody {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const bytes = Buffer.from(lines);
  // UTF-8 of ASCII text has as many octets as characters.
  const ascii = bytes.length === lines.length;
  if (ascii && isSafeAsIs(bytes)) {
    return { encoding: '7bit', body: lines.replaceAll('\n', '\r\n') };
  }
  if (!ascii && isMostlyHigh(bytes, bytes.length - lines.length)) {
    const crlf = Buffer.from(lines.replaceAll('\n', '\r\n'));
    return { encoding: 'base64', body: encodeBase64Body(crlf) };
  }
  return { encoding: 'quoted-printable', body: encodeQuotedPrintable(bytes) };
}

function isSafeAsIs(bytes: Buffer): boolean {
  let lineStart = 0;
  if (isMisreadAtLineStart(bytes, 0)) return false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    // Nearly every octet is one that stands for itself.
    if (byte > space && byte <= 0x7e) continue;
    if (byte === space) {
      const next = bytes[index + 1];
      if (next === undefined || next === space || next === lf) return false;
    } else if (byte === lf) {
      if (index - lineStart > lineMax) return false;
      lineStart = index + 1;
      if (isMisreadAtLineStart(bytes, lineStart)) return false;
    } else {
      return false;
    }
  }
  return bytes.length - lineStart <= lineMax;
}

/**
 * Whether at least half of the octets are not ASCII. Sequences of two and four octets have twice as
 * many of them as they are longer than in UTF-16, those of three one and a half times; so most texts
 * need no count.
 *
 * @param excess by how much the text is longer than in UTF-16
 */
export function isMostlyHigh(bytes: Uint8Array, excess: number): boolean {
  if (4 * excess < bytes.length) return false;
  if (3 * excess >= bytes.length) return true;
  let count = 0;
  // An index, because iterating over bytes takes five times as long.
  for (let index = 0; index < bytes.length; index += 1) count += (bytes[index] ?? 0) >> 7;
  return 2 * count >= bytes.length;
}
