/**
 * The header of a mail as fields, without a MIME library: trust decisions (who put this line
 * here?) need the lines in their order, and a mail that no parser survives still has a header.
 *
 * Lines end in CRLF or LF. Mail whose first 64 KiB hold no LF at all is taken to end its lines in
 * a bare CR, as old Mac software wrote it; every parser reads such a header as one line.
 */

const lineEndSearchBytes = 64 * 1024;
const headerMaxBytes = 256 * 1024;
const fieldsMax = 2000;
const LF = 0x0a;
const CR = 0x0d;

/** One header field. */
export interface HeaderField {
  /** Field name in lower case. */
  readonly name: string;
  /** Everything after the colon, unfolded and trimmed, encoded words left as they are. */
  readonly value: string;
}

/** The header of one mail. */
export interface HeaderBlock {
  /** Fields from top to bottom, repeated ones included; at most 2,000. */
  readonly fields: readonly HeaderField[];
  /** Offset of the first byte of the body. */
  readonly bodyStart: number;
  /** Whether the header was longer than its limits, so that fields are missing. */
  readonly truncated: boolean;
}

/**
 * Reads the header (RFC 5322 §2.2) of a mail of any line ending. Lines that are no field are
 * skipped. Reads at most 256 KiB.
 */
export function readHeader(raw: Buffer): HeaderBlock {
  const lineEnd = endsLinesInCr(raw) ? CR : LF;
  const limit = Math.min(raw.length, headerMaxBytes);
  const lines: string[] = [];
  let at = 0;
  let ended = false;
  while (at < limit && !ended) {
    const found = raw.indexOf(lineEnd, at);
    const whole = found !== -1 && found < limit;
    const line = raw.toString('utf8', at, whole ? found : limit).replace(/\r$/, '');
    at = whole ? found + 1 : limit;
    // mailbox files put a line of their own above the header
    if (lines.length === 0 && line.startsWith('From ')) continue;
    ended = line === '';
    if (!ended) lines.push(line);
  }
  const fields = unfold(lines);
  return {
    fields: fields.slice(0, fieldsMax),
    bodyStart: at,
    truncated: fields.length > fieldsMax || (!ended && at < raw.length),
  };
}

/** The mail with CRLF or LF line ends: the same buffer, or a copy where it ended lines in CR. */
export function normaliseLineEnds(raw: Buffer): Buffer {
  if (!endsLinesInCr(raw)) return raw;
  const copy = Buffer.from(raw);
  for (let at = copy.indexOf(CR); at !== -1; at = copy.indexOf(CR, at + 1)) copy[at] = LF;
  return copy;
}

/** Values of all fields of this name (lower case), top first. */
export function valuesOf(fields: readonly HeaderField[], name: string): readonly string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value);
}

function endsLinesInCr(raw: Buffer): boolean {
  const head = raw.subarray(0, lineEndSearchBytes);
  return !head.includes(LF) && head.includes(CR);
}

function unfold(lines: readonly string[]): HeaderField[] {
  const parts: { readonly name: string; readonly lines: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      parts.at(-1)?.lines.push(line.trim());
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    // RFC 5322 §3.6.8: printable ASCII but the colon
    if (/^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name)) {
      parts.push({ name, lines: [line.slice(colon + 1).trim()] });
    }
  }
  return parts.map((part) => ({ name: part.name, value: part.lines.join(' ').trim() }));
}
