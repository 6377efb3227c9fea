/*
 * The bytes of a mail as a text that can be searched: one character a byte (Latin-1), so that nothing
 * is lost before a charset is known, with \n as its only line end.
 */

/** A text in which MIME parts are looked for, with every line in it that may be a boundary. */
export interface MailSource {
  readonly text: string;
  /** Where lines that begin with `--` begin, ascending. */
  readonly dashes: readonly number[];
}

/** What is looked at of a mail that is larger: its beginning and its end. The middle is somebody's attachment. */
const headMax = 2_097_152;
const tailMax = 262_144;
const dashesMax = 4_000;

/** A mail as it came; at most some 2.3 MB of it. Linear in what is looked at. */
export function readSource(bytes: Uint8Array): MailSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length <= headMax + tailMax) return sourceOf(buffer.toString('latin1'));
  const tail = buffer.toString('latin1', buffer.length - tailMax);
  return sourceOf(`${buffer.toString('latin1', 0, headMax)}\n${tail}`);
}

/** A text of one character a byte, e.g. a decoded message/rfc822 part. */
export function sourceOf(latin1: string): MailSource {
  const text = withoutEnvelopeLine(withLineFeeds(latin1));
  const dashes: number[] = [];
  if (text.startsWith('--')) dashes.push(0);
  let at = text.indexOf('\n--') + 1;
  while (at > 0 && dashes.length < dashesMax) {
    dashes.push(at);
    at = text.indexOf('\n--', at) + 1;
  }
  return { text, dashes };
}

function withLineFeeds(text: string): string {
  const first = text.indexOf('\r');
  if (first === -1) return text;
  // A line end that was made CRLF twice is one line end, not a blank line.
  if (text.startsWith('\r\r\n', first)) return text.replace(/\r\r\n|\r\n?/g, '\n');
  return text.replace(/\r\n?/g, '\n');
}

/** Without the `From …` lines of an mbox file, and blank lines, at its top. */
function withoutEnvelopeLine(text: string): string {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const blank = text[start] === '\n' || text[start] === '\ufeff';
    if (!blank && !/^>?From (?!:)/.test(text.slice(start, start + 8))) break;
    if (end === -1) break;
    start = end + 1;
  }
  const body = start === 0 ? text : text.slice(start);
  return body.startsWith('\xef\xbb\xbf') ? body.slice(3) : body;
}
