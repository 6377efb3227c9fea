/*
 * Encoded-words (RFC 2047): text that is not plain ASCII becomes a row of words like
 * `=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=`, separated by white space that decoders drop.
 *
 * 1. The whole text is encoded, never single words of it: the white space between an encoded and a
 *    plain word is where decoders disagree.
 * 2. Q or B, whichever is shorter; Q where equal, because people can read it.
 * 3. The text is cut between code points, so no word ends inside a UTF-8 sequence (§5).
 */

/**
 * Longest word we write. RFC 2047 §2 allows 75; 64 lets the first word stand on the line of the field
 * name (`Reply-To: ` is the longest) within the 76 that the same section allows a line.
 */
const wordMax = 64;
const opening = '=?UTF-8?';
const payloadMax = wordMax - opening.length - 'Q?'.length - '?='.length;

/** Whether a text can stand in an unstructured field as it is and is read back unchanged. */
export function isPlainText(text: string): boolean {
  return plain.test(text) && !text.includes('=?') && !overlongToken.test(text);
}

// Runs of spaces and spaces at the ends are encoded: parsers collapse them.
const plain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;
const overlongToken = /[^ ]{901}/;

/** Encodes a text as encoded-words, to be written with one space or a fold between them. */
export function encodeWords(text: string): readonly string[] {
  const units = Array.from(text, quotedUnit);
  const quotedLength = units.reduce((sum, unit) => sum + unit.length, 0);
  const encodedLength = Math.ceil(Buffer.byteLength(text) / 3) * 4;
  return quotedLength <= encodedLength ? quotedWords(units) : base64Words(text);
}

function quotedWords(units: readonly string[]): string[] {
  const words: string[] = [];
  let payload = '';
  for (const unit of units) {
    if (payload.length + unit.length > payloadMax) {
      words.push(`${opening}Q?${payload}?=`);
      payload = '';
    }
    payload += unit;
  }
  words.push(`${opening}Q?${payload}?=`);
  return words;
}

function base64Words(text: string): string[] {
  const octetsMax = Math.floor(payloadMax / 4) * 3;
  const bytes = Buffer.from(text);
  const words: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    let end = Math.min(start + octetsMax, bytes.length);
    // 10xxxxxx continues a UTF-8 sequence: step back to where it begins.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    words.push(`${opening}B?${bytes.toString('base64', start, end)}?=`);
    start = end;
  }
  return words;
}

/** One code point in Q encoding, with the few plain characters that a phrase allows (§5 rule 3). */
function quotedUnit(character: string): string {
  if (character === ' ') return '_';
  if (/^[A-Za-z0-9!*+/-]$/.test(character)) return character;
  let unit = '';
  for (const byte of Buffer.from(character)) {
    unit += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return unit;
}
