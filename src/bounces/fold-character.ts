/*
 * How characters are read: case and accents are folded away, quotes and dashes are one, and letters of
 * scripts that set no space between words are words of their own. A table, because it is asked for
 * every character of every reply.
 */

/** What a character is to the tokeniser. */
export const characterKind = {
  separator: 0,
  /** Letter or digit. */
  word: 1,
  /** A word by itself. */
  ideograph: 2,
  /** Ends a sentence where a space or the end follows. */
  stop: 3,
  /** Left out in "doesn't". */
  apostrophe: 4,
  /** Ends a run of characters that belong together (address, host, URL). */
  divider: 5,
} as const;

/** By UTF-16 code unit: kind and folded unit. */
export interface CharacterTable {
  readonly kinds: Uint8Array;
  readonly folded: Uint16Array;
}

let table: CharacterTable | undefined;

/** The table; built at the first call. */
export function characterTable(): CharacterTable {
  table ??= buildTable();
  return table;
}

const dividers = '<>()[]{}|,;"“”„«»、，（）「」『』【】《》〈〉';
const stops = '.!?;。！？；';
const apostrophes = "'`´’‘";
/** Letters that no decomposition folds. */
const letters: Readonly<Record<string, string>> = {
  ß: 's',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  ı: 'i',
  æ: 'a',
  œ: 'o',
  þ: 't',
  ð: 'd',
  ё: 'е',
};

function buildTable(): CharacterTable {
  const kinds = new Uint8Array(65_536);
  const folded = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit += 1) {
    kinds[unit] = kindOf(unit);
    folded[unit] = foldedUnit(unit);
  }
  for (const character of dividers) kinds[character.charCodeAt(0)] = characterKind.divider;
  for (const character of stops) kinds[character.charCodeAt(0)] = characterKind.stop;
  for (const character of apostrophes) kinds[character.charCodeAt(0)] = characterKind.apostrophe;
  return { kinds, folded };
}

function kindOf(unit: number): number {
  if (unit < 0x80) {
    const isWord =
      (unit >= 0x30 && unit <= 0x39) ||
      (unit >= 0x41 && unit <= 0x5a) ||
      (unit >= 0x61 && unit <= 0x7a);
    if (isWord) return characterKind.word;
    return unit <= 0x20 ? characterKind.divider : characterKind.separator;
  }
  // Spaces, punctuation and symbols; C1 controls; full-width punctuation.
  if (unit < 0xc0 || unit === 0xd7 || unit === 0xf7) return characterKind.separator;
  if (unit >= 0x2000 && unit <= 0x2bff) return characterKind.separator;
  if (unit >= 0x3000 && unit <= 0x303f) return characterKind.divider;
  if (unit >= 0xff01 && unit <= 0xff5e) return kindOf(unit - 0xfee0);
  if (unit >= 0x2e80 || isUnspaced(unit)) return characterKind.ideograph;
  return characterKind.word;
}

/** Thai, Lao, Burmese, Khmer: letters of scripts that set no space between words. */
function isUnspaced(unit: number): boolean {
  return (
    (unit >= 0x0e00 && unit < 0x0f00) ||
    (unit >= 0x1000 && unit < 0x10a0) ||
    (unit >= 0x1780 && unit < 0x1800)
  );
}

function foldedUnit(unit: number): number {
  if (unit >= 0xff01 && unit <= 0xff5e) return foldedUnit(unit - 0xfee0);
  if (unit >= 0x2000) return unit;
  const lower = String.fromCharCode(unit).toLowerCase();
  const plain = letters[lower];
  if (plain !== undefined) return plain.charCodeAt(0);
  // Only Latin loses its accents; "й" is a letter of its own.
  const isLatin = unit < 0x250 || (unit >= 0x1e00 && unit < 0x1f00);
  return (isLatin ? lower.normalize('NFD') : lower).charCodeAt(0);
}
