/** One tag of a record, as written, without the white space around. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

/**
 * Splits a record of the form `name=value; name=value` (RFC 6376 §3.2) at its semicolons; a part that
 * is no tag is undefined, and an empty one is left out. Takes a time proportional to the length:
 * anybody may publish a record of 64 KB.
 */
export function splitTags(text: string): readonly (Tag | undefined)[] {
  return text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const name = at === -1 ? '' : part.slice(0, at).trim();
      if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return undefined;
      return { name, value: part.slice(at + 1).trim() };
    });
}
