/**
 * Longest header line we write where there is a choice, CRLF excluded: RFC 5322 §2.1.1 asks for 78,
 * RFC 2047 §2 for 76 where a line holds an encoded-word.
 */
export const headerLineMax = 76;

/**
 * Writes a field from pieces that are separated by one space, and folds at those spaces so that each
 * line keeps to {@link headerLineMax}. A piece that is longer stands on a line of its own; pieces
 * must be shorter than 900 characters for the 998 of RFC 5322 §2.1.1.
 *
 * @returns the field with its final CRLF
 */
export function foldField(name: string, pieces: readonly string[]): string {
  let field = `${name}:`;
  let column = field.length;
  let isNameAlone = true;
  for (const piece of pieces) {
    const width = piece.length + 1;
    // After the bare name a fold is worth it only where the piece then fits a line.
    if (column + width > headerLineMax && (!isNameAlone || width <= headerLineMax)) {
      field += `\r\n ${piece}`;
      column = width;
    } else {
      field += ` ${piece}`;
      column += width;
    }
    isNameAlone = false;
  }
  return `${field}\r\n`;
}

/**
 * Writes an unstructured field of printable ASCII (RFC 5322 §2.2.1). Runs of spaces are kept
 * together, so unfolding gives back the value exactly; white space around the value is not kept, as
 * no parser gives it back.
 *
 * @returns the field with its final CRLF
 */
export function foldText(name: string, value: string): string {
  const text = value.trim();
  if (name.length + 2 + text.length <= headerLineMax) {
    return text === '' ? `${name}:\r\n` : `${name}: ${text}\r\n`;
  }
  return foldField(name, text.split(/(?<=[^ ]) (?=[^ ])/));
}
