/* Canonicalisation `relaxed` of header fields and bodies (RFC 6376 §3.4.2 and §3.4.4). */

/** One field of a header block. */
export interface HeaderField {
  /** Name in lower case. */
  readonly name: string;
  /** Name and value as the signature covers them, without the final CRLF. */
  readonly relaxed: string;
}

/** Splits a header block into fields, from top to bottom, and canonicalises each. */
export function relaxedFields(head: string): readonly HeaderField[] {
  const unfolded = head.endsWith('\r\n') ? head.slice(0, -2) : head;
  return unfolded.split(/\r\n(?![ \t])/).map(relaxedField);
}

/** White space that is not one space already: to replace those too costs more than all else here. */
const looseSpace = /[ \t]{2,}|\t/g;

/** Canonicalises one field, folded or not, given without its final CRLF. */
export function relaxedField(field: string): HeaderField {
  const colon = field.indexOf(':');
  const name = field.slice(0, colon).trimEnd().toLowerCase();
  const value = field
    .slice(colon + 1)
    .replaceAll('\r\n', '')
    .replace(looseSpace, ' ')
    .trim();
  return { name, relaxed: `${name}:${value}` };
}

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

/**
 * Canonicalises a body whose lines end in CRLF. Our own bodies are written so that only empty lines
 * at the end go, hence the first look: then the result is a view of the body, not a copy.
 *
 * @param isRelaxed whether that is known already; default: it is looked for
 */
export function relaxedBody(body: Uint8Array, isRelaxed = false): Uint8Array {
  return withoutEmptyEnd(!isRelaxed && hasLooseSpace(body) ? squeezed(body) : body);
}

/**
 * Whether a line ends in white space, or holds a tab or more than one space in a row. Searches of the
 * whole body, because in base64 they find nothing at many times the speed of a look at each octet.
 */
function hasLooseSpace(body: Uint8Array): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return (
    bytes.includes(tab) ||
    bytes.includes('  ') ||
    bytes.includes(' \r') ||
    bytes[bytes.length - 1] === space
  );
}

function squeezed(body: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(body.length);
  let written = 0;
  let isSpacePending = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index] ?? 0;
    if (byte === space || byte === tab) {
      isSpacePending = true;
      continue;
    }
    if (isSpacePending && !(byte === cr && body[index + 1] === lf)) out[written++] = space;
    isSpacePending = false;
    out[written++] = byte;
  }
  return out.subarray(0, written);
}

function withoutEmptyEnd(body: Uint8Array): Uint8Array {
  let end = body.length;
  while (end >= 2 && body[end - 1] === lf && body[end - 2] === cr) end -= 2;
  // The line end of the last line that is not empty stays; a body of empty lines is no body.
  return body.subarray(0, end === 0 ? 0 : end + 2);
}
