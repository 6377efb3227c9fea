/*
 * Fitting text into columns of a terminal. Widths count characters: the demo's texts hold none
 * that takes two cells.
 */

/** Most columns that are used, however wide the terminal is: longer lines are hard to read. */
const columnsMax = 112;
const columnsMin = 60;

/** The columns to use of a terminal that has this many. */
export function usableColumns(columns: number): number {
  return Math.min(columnsMax, Math.max(columnsMin, columns));
}

/** Breaks a text at spaces into lines of at most `width`; a longer word is cut by `shorten`. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const long of text.split(' ')) {
    const word = shorten(long, width);
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** A text of at most `width` characters: what is too much is taken from its middle. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  const kept = Math.max(0, width - 1);
  const tail = Math.floor(kept / 3);
  const head = characters.slice(0, kept - tail).join('');
  return `${head}…${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}

/** A text with spaces up to `width`; a longer one is shortened. */
export function pad(text: string, width: number): string {
  return shorten(text, width).padEnd(width);
}
