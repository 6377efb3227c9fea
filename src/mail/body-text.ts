/**
 * A text in parts: pieces that many messages have in common, and between each two of them a value that
 * this message has for itself. There is one piece more than there are values; lines end in LF.
 */
export interface PiecedText {
  /** The same array for all messages of a template: what is known of it can be remembered by it. */
  readonly pieces: readonly string[];
  readonly values: readonly string[];
}

/** The text of a body. */
export type BodyText = string | PiecedText;

/** A body's text as one. */
export function wholeText(text: BodyText): string {
  if (typeof text === 'string') return text;
  const { pieces, values } = text;
  let whole = pieces[0] ?? '';
  for (const [index, value] of values.entries()) whole += value + (pieces[index + 1] ?? '');
  return whole;
}

/**
 * Why a text may not be the body of a message, or undefined where it may. NUL is refused because
 * servers cut or drop such lines (RFC 5322 §3.5 leaves it out of text), half a surrogate pair because
 * it has no UTF-8 form: the reader would see another text than the one given.
 */
export function bodyTextProblem(text: BodyText): string | undefined {
  if (typeof text !== 'string') return factsOf(text.pieces).problem ?? firstProblem(text.values);
  if (text.includes('\0')) return 'holds a NUL character';
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair';
}

/** Its length in UTF-8, in bytes. */
export function bodyTextBytes(text: BodyText): number {
  if (typeof text === 'string') return Buffer.byteLength(text);
  let bytes = factsOf(text.pieces).bytes;
  for (const value of text.values) bytes += Buffer.byteLength(value);
  return bytes;
}

interface PiecesFacts {
  readonly problem: string | undefined;
  readonly bytes: number;
}

const knownPieces = new WeakMap<readonly string[], PiecesFacts>();

function factsOf(pieces: readonly string[]): PiecesFacts {
  let facts = knownPieces.get(pieces);
  if (facts === undefined) {
    const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    facts = { problem: firstProblem(pieces), bytes };
    knownPieces.set(pieces, facts);
  }
  return facts;
}

function firstProblem(texts: readonly string[]): string | undefined {
  for (const text of texts) {
    const problem = bodyTextProblem(text);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
