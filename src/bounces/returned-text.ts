import {
  endOfLine,
  fieldColon,
  type HeaderFields,
  noFields,
  readHeaderFields,
} from './mime/header-fields.ts';

/*
 * Servers that know no MIME append the mail they return to what they say. It begins where a header begins:
 * several fields in a row, one of which only a header has. ("To:" and "Subject:" alone are how some
 * servers say which mail they mean.)
 */

/** A text of a notice, cut where the returned mail begins. */
export interface SplitText {
  readonly text: string;
  readonly returned: HeaderFields;
}

/** Cuts a text where the header of a returned mail begins. Linear. */
export function splitReturnedText(text: string): SplitText {
  let at = 0;
  while (at < text.length) {
    const end = endOfLine(text, at, text.length);
    const indent = indentOf(text, at, end);
    if (fieldColon(text, at + indent, end) !== -1) {
      const run = readRun(text, at, indent);
      if (run.isHeader) {
        const block =
          indent === 0 ? text.slice(at) : withoutIndent(text.slice(at, run.end), indent);
        const { fields } = readHeaderFields(block, 0, block.length);
        return { text: text.slice(0, at), returned: fields };
      }
      at = Math.max(run.end, end + 1);
    } else at = end + 1;
  }
  return { text, returned: noFields };
}

const certain = new Set([
  'received',
  'message-id',
  'mime-version',
  'return-path',
  'content-type',
  'x-mailer',
  'dkim-signature',
  'x-originating-ip',
  'delivered-to',
]);
/** Fields that only the way of a mail adds. */
const onTheWay = new Set(['received', 'return-path', 'mime-version', 'dkim-signature']);
const usual = new Set([...certain, 'from', 'to', 'subject', 'date', 'cc', 'reply-to', 'sender']);

interface Run {
  readonly isHeader: boolean;
  readonly end: number;
}

function readRun(text: string, start: number, indent: number): Run {
  let sure = 0;
  let known = 0;
  let carried = false;
  let at = start;
  while (at < text.length) {
    const end = endOfLine(text, at, text.length);
    const begin = at + indent;
    if (begin >= end) break;
    const colon = fieldColon(text, begin, end);
    if (colon !== -1) {
      const name = text.slice(begin, colon).trimEnd().toLowerCase();
      if (certain.has(name)) sure += 1;
      if (onTheWay.has(name)) carried = true;
      if (usual.has(name)) known += 1;
    } else if (text[begin] !== ' ' && text[begin] !== '\t') break;
    at = end + 1;
  }
  // Set in by spaces it may be a summary of the mail that is spoken of.
  const isHeader = text[start] === ' ' ? carried : sure > 0;
  return { isHeader: isHeader && known > 1, end: at };
}

/** Characters before a field that a notice quotes with "> " or spaces. */
function indentOf(text: string, at: number, end: number): number {
  let next = at;
  while (
    next < end &&
    next - at < 12 &&
    (text[next] === ' ' || text[next] === '>' || text[next] === '|')
  ) {
    next += 1;
  }
  return next - at;
}

function withoutIndent(block: string, indent: number): string {
  return block
    .split('\n')
    .map((line) => line.slice(indent))
    .join('\n');
}
