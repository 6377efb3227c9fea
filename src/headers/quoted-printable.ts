/*
 * Quoted-printable (RFC 2045 §6.7), written so that nothing on the way has a reason to change it:
 *
 * - lines of at most 76 characters, soft breaks never inside a UTF-8 sequence;
 * - no white space at a line's end, no tab, no second space in a row: relaxed body canonicalisation
 *   (RFC 6376 §3.4.4) then leaves the body as it is, which spares the signer a pass;
 * - no line begins with a dot (a transport that forgets dot-stuffing) or with `From ` (mailbox files).
 */

/** Longest line without the = of its soft break. */
const payloadMax = 75;
/** Shortest payload that can make a soft break necessary: the widest unit is 4 octets as =XX. */
const brokenPayloadMin = payloadMax - 11;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const equals = 0x3d;
const hex = Buffer.from('0123456789ABCDEF');

/** 1 for octets that stand for themselves wherever they are but at a line's start. */
const isLiteral = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > space && byte <= 0x7e && byte !== equals ? 1 : 0,
);

/** Encodes UTF-8 bytes whose lines end in LF; line ends become CRLF. */
export function encodeQuotedPrintable(bytes: Buffer): string {
  const worst = bytes.length * 3;
  const out = Buffer.allocUnsafe(worst + Math.ceil(worst / brokenPayloadMin) * 3 + 3);
  let written = 0;
  let lineStart = 0;
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] ?? 0;
    const column = written - lineStart;
    // Nearly every octet takes one of these two ways out.
    if (isLiteral[byte] === 1 && column > 0 && column < payloadMax) {
      out[written++] = byte;
      index += 1;
      continue;
    }
    if (byte === space && column < payloadMax && isSingleSpace(bytes, index)) {
      out[written++] = space;
      index += 1;
      continue;
    }
    if (byte === lf) {
      out[written++] = cr;
      out[written++] = lf;
      lineStart = written;
      index += 1;
      continue;
    }
    const octets = sequenceLength(byte);
    let escape = mustEscape(bytes, index, column === 0);
    if (column + (escape ? octets * 3 : 1) > payloadMax) {
      out[written++] = equals;
      out[written++] = cr;
      out[written++] = lf;
      lineStart = written;
      // On the new line the same octet stands at the start.
      escape = mustEscape(bytes, index, true);
    }
    if (!escape) {
      out[written++] = byte;
      index += 1;
      continue;
    }
    for (const end = Math.min(index + octets, bytes.length); index < end; index += 1) {
      const each = bytes[index] ?? 0;
      out[written++] = equals;
      out[written++] = hex[each >> 4] ?? 0;
      out[written++] = hex[each & 15] ?? 0;
    }
  }
  return out.toString('latin1', 0, written);
}

/** Octets of the UTF-8 sequence that begins with this one. */
function sequenceLength(byte: number): number {
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

/** Whether the space here is neither the last of its line nor the second in a row. */
function isSingleSpace(bytes: Buffer, index: number): boolean {
  // Bounds first: reading beyond them is slow.
  if (index > 0 && bytes[index - 1] === space) return false;
  return index + 1 < bytes.length && bytes[index + 1] !== lf;
}

function mustEscape(bytes: Buffer, index: number, isAtLineStart: boolean): boolean {
  const byte = bytes[index] ?? 0;
  if (byte === space) return !isSingleSpace(bytes, index);
  return isLiteral[byte] === 0 || (isAtLineStart && isMisreadAtLineStart(bytes, index));
}

/** Whether a line that begins here begins with a dot or with `From `. */
export function isMisreadAtLineStart(bytes: Buffer, index: number): boolean {
  const byte = bytes[index];
  if (byte === dot) return true;
  return byte === fromLine[0] && fromLine.equals(bytes.subarray(index, index + fromLine.length));
}

const dot = 0x2e;
const fromLine = Buffer.from('From ');
