import { wholeText, type BodyText, type PiecedText } from '../mail/body-text.ts';
import { encodeQuotedPrintable } from './quoted-printable.ts';
import { encodeTextBody, isMostlyHigh, type TransferEncoding } from './text-body.ts';

/*
 * A text in pieces as quoted-printable, where the pieces are encoded once for all messages. A soft line
 * break stands between a piece and a value unless one of them has a line end there: so both begin at the
 * start of a line, whatever stands beside them, and what is true of every line that the encoder writes
 * (its length, no white space at its end, no dot at its start) is true of the whole. A space before a
 * soft break is `=20`, as the encoder writes it at the end of its text.
 *
 * Which way a text goes depends on its pieces alone, not on whether they were met before: a retry in
 * another process gives the same bytes.
 */

/** Texts with less in common than this are encoded as a whole: nothing is saved, and 7bit is nicer. */
const piecesBytesMin = 256;

/** A body in its transfer encoding, to be put together: ASCII, lines end in CRLF. */
export interface EncodedPieces {
  readonly encoding: TransferEncoding;
  /** One after the other; never joined here, since that would copy what all messages share. */
  readonly body: readonly string[];
}

/** Encodes a text body; see `encodeTextBody` for a whole one. */
export function encodeBody(text: BodyText): EncodedPieces {
  if (typeof text === 'string') return asOnePiece(text);
  const known = knownOf(text.pieces);
  switch (known.kind) {
    case 'alone':
      return known.encoded;
    case 'as-a-whole':
      return asOnePiece(wholeText(text));
    case 'in-pieces':
      return { encoding: 'quoted-printable', body: inTurns(known.encoded, text) };
  }
}

function asOnePiece(text: string): EncodedPieces {
  const { encoding, body } = encodeTextBody(text);
  return { encoding, body: [body] };
}

/** Pieces and values in turns, with a soft line break between two where it is needed. */
function inTurns(pieces: readonly string[], { values }: PiecedText): readonly string[] {
  const body: string[] = [];
  let isLineOpen = false;
  const append = (next: string): void => {
    if (next === '') return;
    if (isLineOpen && !next.startsWith('\r\n')) body.push('=\r\n');
    body.push(next);
    isLineOpen = !next.endsWith('\r\n');
  };
  append(pieces[0] ?? '');
  values.forEach((value, index) => {
    append(encodedValue(value));
    append(pieces[index + 1] ?? '');
  });
  return body;
}

/** Most values are a few words, which stand for themselves. */
const standsForItself = /^(?!\.|From )[!-<>-~]+(?: [!-<>-~]+)*$/;
const shortValueMax = 75;

function encodedValue(value: string): string {
  return value.length <= shortValueMax && standsForItself.test(value)
    ? value
    : encodeQuotedPrintable(Buffer.from(value));
}

/** What is known of pieces: one alone is a text that all messages share. */
type KnownPieces =
  | { readonly kind: 'alone'; readonly encoded: EncodedPieces }
  | { readonly kind: 'as-a-whole' }
  | { readonly kind: 'in-pieces'; readonly encoded: readonly string[] };

const knownPieces = new WeakMap<readonly string[], KnownPieces>();

function knownOf(pieces: readonly string[]): KnownPieces {
  let known = knownPieces.get(pieces);
  if (known === undefined) {
    known = encodedOnce(pieces);
    knownPieces.set(pieces, known);
  }
  return known;
}

function encodedOnce(pieces: readonly string[]): KnownPieces {
  const text = pieces.join('');
  if (pieces.length === 1) return { kind: 'alone', encoded: asOnePiece(text) };
  const bytes = Buffer.from(text);
  const isShort = bytes.length < piecesBytesMin;
  if (isShort || isMostlyHigh(bytes, bytes.length - text.length)) return { kind: 'as-a-whole' };
  const encoded = pieces.map((piece) => encodeQuotedPrintable(Buffer.from(piece)));
  return { kind: 'in-pieces', encoded };
}
