/*
 * The header of a message as a receiver reads it (RFC 5322 §2.2): written anew from the bytes, so
 * that it does not repeat what the renderer meant.
 */

/** One header field. */
export interface ReadField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded and trimmed; encoded-words are still encoded. */
  readonly value: string;
}

/** A message cut into header and lines. */
export interface ReadMessage {
  /** From top to bottom, repeated ones included. */
  readonly fields: readonly ReadField[];
  /** What is wrong with its form, a sentence each. */
  readonly formProblems: readonly string[];
}

const lineOctetsMax = 998;

/** Reads the header and checks the form of all lines (§2.1.1). */
export function readFields(message: Buffer | string): ReadMessage {
  const text = typeof message === 'string' ? message : message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text.replace(/\r\n$/, '') : text.slice(0, end);
  const fields: { name: string; value: string }[] = [];
  let strangeLine = false;
  for (const line of head.split('\r\n')) {
    const match = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line);
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last.value += ` ${line.trim()}`;
    else if (match === null) strangeLine = true;
    else fields.push({ name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').trim() });
  }
  const formProblems = [
    ...(end === -1 ? ['No empty line ends the header.'] : []),
    ...(strangeLine ? ['A line of the header is no field.'] : []),
    ...(/[^\x00-\x7f]/.test(head) ? ['The header is not ASCII.'] : []),
    ...(/\r(?!\n)|(?<!\r)\n/.test(text) ? ['A line does not end in CRLF.'] : []),
    ...(text.includes('\0') ? ['It holds a NUL.'] : []),
    ...(text.split('\r\n').some((line) => line.length > lineOctetsMax)
      ? [`A line is longer than ${lineOctetsMax} octets.`]
      : []),
  ];
  return { fields: fields.map(({ name, value }) => ({ name, value: value.trim() })), formProblems };
}

/** The values of all fields of a name, top first. */
export function valuesOf(fields: readonly ReadField[], name: string): readonly string[] {
  const key = name.toLowerCase();
  return fields.filter((field) => field.name === key).map((field) => field.value);
}
