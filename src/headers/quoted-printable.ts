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

/** Encodes UTF-8 bytes whose lines end in LF; line ends become CRLF. */
export function encodeQuotedPrintable(bytes: Uint8Array): string {
  const worst = bytes.length * 3;
  const out = Buffer.allocUnsafe(worst + Math.ceil(worst / brokenPayloadMin) * 3 + 3);
  let written = 0;
  let lineStart = 0;
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] ?? 0;
    if (byte === lf) {
      out[written++] = cr;
      out[written++] = lf;
      lineStart = written;
      index += 1;
      continue;
    }
    const octets = sequenceLength(byte);
    // Looked at before the line is broken as well: on the next line it stands at the start.
    let escape = mustEscape(bytes, index, written === lineStart);
    if (written - lineStart + (escape ? octets * 3 : 1) > payloadMax) {
      out[written++] = equals;
      out[written++] = cr;
      out[written++] = lf;
      lineStart = written;
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

function mustEscape(bytes: Uint8Array, index: number, atLineStart: boolean): boolean {
  const byte = bytes[index] ?? 0;
  if (byte === space) {
    const next = bytes[index + 1];
    return bytes[index - 1] === space || next === lf || next === undefined;
  }
  if (byte < space || byte > 0x7e || byte === equals) return true;
  return atLineStart && isMisreadAtLineStart(bytes, index);
}

/** Whether a line that begins here begins with a dot or with `From `. */
export function isMisreadAtLineStart(bytes: Uint8Array, index: number): boolean {
  if (bytes[index] === 0x2e) return true;
  return fromLine.every((byte, offset) => bytes[index + offset] === byte);
}

const fromLine = [...Buffer.from('From ')];
