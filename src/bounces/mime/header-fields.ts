/*
 * Header blocks as they occur: fields without a space after the colon, junk lines between them, no
 * blank line before the body.
 */

/** Fields of a header block by lower-case name, values unfolded and otherwise as they stand. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/** What {@link readHeaderFields} read, and where the rest begins. */
export interface HeaderReading {
  readonly fields: HeaderFields;
  readonly end: number;
}

/** What {@link readFieldList} read: names in lower case, in order. */
export interface FieldList {
  readonly list: readonly (readonly [name: string, value: string])[];
  readonly end: number;
}

/** A block without any field. */
export const noFields: HeaderFields = new Map();

const fieldsMax = 400;
const valueMax = 4_000;

/** Reads the fields from `start` on until a blank line or until something that is no header. Linear. */
export function readHeaderFields(text: string, start: number, limit: number): HeaderReading {
  const { list, end } = readFieldList(text, start, limit);
  const fields = new Map<string, string[]>();
  for (const [name, value] of list) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return { fields, end };
}

/** The same with the fields in order. */
export function readFieldList(text: string, start: number, limit: number): FieldList {
  const list: (readonly [string, string])[] = [];
  let at = start;
  let count = 0;
  while (at < limit) {
    const lineEnd = endOfLine(text, at, limit);
    if (isBlank(text, at, lineEnd)) return { list, end: Math.min(lineEnd + 1, limit) };
    const colon = fieldColon(text, at, lineEnd);
    if (colon === -1) {
      // One line of junk between two fields is skipped; anything else is the body.
      const next = Math.min(lineEnd + 1, limit);
      if (count === 0 || fieldColon(text, next, endOfLine(text, next, limit)) === -1) {
        return { list, end: at };
      }
      at = next;
      continue;
    }
    let end = lineEnd;
    while (end + 1 < limit && isFold(text, end + 1)) {
      const folded = endOfLine(text, end + 1, limit);
      if (isBlank(text, end + 1, folded)) break;
      end = folded;
    }
    if (count < fieldsMax) {
      const name = text.slice(at, colon).trimEnd().toLowerCase();
      const value = unfolded(text.slice(colon + 1, Math.min(end, colon + 1 + valueMax)));
      list.push([name, value]);
    }
    count += 1;
    at = Math.min(end + 1, limit);
  }
  return { list, end: limit };
}

/** The first field of that name, which is the newest. */
export function firstField(fields: HeaderFields, name: string): string | undefined {
  return fields.get(name)?.[0];
}

/** Where the colon of a field's name is in the line, or -1 where the line is no field. */
export function fieldColon(text: string, start: number, end: number): number {
  const max = Math.min(end, start + 80);
  for (let at = start; at < max; at += 1) {
    const char = text.charCodeAt(at);
    if (isNameChar(char)) continue;
    if (at === start) return -1;
    // "Subject : x" occurs; "https://…" is no field.
    let colon = at;
    while (colon < max && (text[colon] === ' ' || text[colon] === '\t')) colon += 1;
    return text[colon] === ':' && text[colon + 1] !== '/' ? colon : -1;
  }
  return -1;
}

/** Where the line that holds `at` ends, without its line feed. */
export function endOfLine(text: string, at: number, limit: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 || end > limit ? limit : end;
}

/** Letters, digits, `-`, `_` and `.`; others are allowed (RFC 5322 §2.2) and used by nobody. */
function isNameChar(char: number): boolean {
  return (
    (char >= 0x61 && char <= 0x7a) ||
    (char >= 0x41 && char <= 0x5a) ||
    (char >= 0x30 && char <= 0x39) ||
    char === 0x2d ||
    char === 0x5f ||
    char === 0x2e
  );
}

function isFold(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (char !== 0x20 && char !== 0x09) return false;
  }
  return true;
}

function unfolded(value: string): string {
  return value.includes('\n') ? value.replace(/\s+/g, ' ').trim() : value.trim();
}
