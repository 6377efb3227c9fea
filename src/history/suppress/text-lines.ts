import { TextDecoder } from 'node:util';

/** A line of a text. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Whether it was longer than the bound; its text is cut then. */
  readonly isCut?: true;
}

const ends = /\r\n|\n|\r/g;

/**
 * The lines of a text, UTF-8 or, with its mark, UTF-16; ended by LF, CRLF or CR, also mixed.
 *
 * @param charactersMax a longer line is cut, so that a file without line ends is not held in memory
 */
export async function* textLines(
  input: AsyncIterable<Uint8Array>,
  charactersMax: number,
): AsyncGenerator<TextLine> {
  let decoder: TextDecoder | undefined;
  let number = 1;
  let rest = '';
  let isCut = false;
  const lineOf = (text: string): TextLine => {
    const cut = isCut || text.length > charactersMax;
    isCut = false;
    const line = { number, text: text.slice(0, charactersMax), ...(cut ? { isCut: cut } : {}) };
    number += 1;
    return line;
  };
  for await (const bytes of input) {
    if (bytes.length === 0) continue;
    decoder ??= new TextDecoder(encodingOf(bytes));
    rest += decoder.decode(bytes, { stream: true });
    let from = 0;
    for (const end of rest.matchAll(ends)) {
      const after = end.index + end[0].length;
      // A CR at the end may be half of a CRLF.
      if (end[0] === '\r' && after === rest.length) break;
      yield lineOf(rest.slice(from, end.index));
      from = after;
    }
    rest = rest.slice(from);
    if (rest.length > charactersMax) {
      isCut = true;
      rest = rest.endsWith('\r')
        ? `${rest.slice(0, charactersMax)}\r`
        : rest.slice(0, charactersMax);
    }
  }
  rest += decoder?.decode() ?? '';
  if (rest.endsWith('\r')) rest = rest.slice(0, -1);
  if (rest !== '') yield lineOf(rest);
}

/** By the byte order mark, which the decoder takes away. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
