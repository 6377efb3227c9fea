import { type ContentType, readContentType } from './content-type.ts';
import {
  endOfLine,
  firstField,
  type HeaderFields,
  noFields,
  readHeaderFields,
} from './header-fields.ts';
import { type MailSource, sourceOf } from './mail-source.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/*
 * Takes a mail apart into its leaves in order, however broken it is: a boundary that never comes, or that
 * nobody announced, a part that never ends. Parts, depth and bytes are bounded, so the work is linear.
 */

/** A leaf of a mail, or a message inside it. */
export interface MimePart {
  readonly contentType: ContentType;
  readonly fields: HeaderFields;
  /** Body as it stands in its source, one character a byte. */
  readonly body: string;
  /** How many messages it is inside of; 0 for what the mail itself says. */
  readonly depth: number;
  /** Of a message part: its header and parts. */
  readonly message?: MimeMessage;
}

/** A message: the mail itself, or one that it carries. */
export interface MimeMessage {
  readonly fields: HeaderFields;
  readonly contentType: ContentType;
  /** Leaves in order; a message that is carried is one leaf. */
  readonly parts: readonly MimePart[];
}

const partsMax = 80;
const depthMax = 12;

interface Walk {
  parts: number;
}

/** Takes a whole mail apart. Never throws. */
export function readMessage(source: MailSource): MimeMessage {
  return messageAt(source, 0, source.text.length, 0, 0, { parts: 0 });
}

function messageAt(
  source: MailSource,
  start: number,
  limit: number,
  depth: number,
  nesting: number,
  walk: Walk,
): MimeMessage {
  let first = start;
  for (let at = start; at < limit && isSpace(source.text, at); at += 1) {
    if (source.text[at] === '\n') first = at + 1;
  }
  const header = readHeaderFields(source.text, first, limit);
  // A text may begin with words and a colon; a header has one of these.
  const isHeader = known.some((name) => header.fields.has(name));
  const { fields, end } = isHeader ? header : { fields: noFields, end: first };
  const contentType = readContentType(firstField(fields, 'content-type'));
  const parts: MimePart[] = [];
  addParts(parts, { source, fields, contentType, start: end, limit, depth, nesting }, walk);
  return { fields, contentType, parts };
}

const known = [
  'from',
  'to',
  'subject',
  'date',
  'received',
  'return-path',
  'message-id',
  'content-type',
  'mime-version',
  'delivered-to',
];

function isSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t' || text[at] === '\n';
}

interface Piece {
  readonly source: MailSource;
  readonly fields: HeaderFields;
  readonly contentType: ContentType;
  readonly start: number;
  readonly limit: number;
  readonly depth: number;
  readonly nesting: number;
}

function addParts(into: MimePart[], piece: Piece, walk: Walk): void {
  if (walk.parts >= partsMax) return;
  const { source, contentType, start, limit, depth, nesting } = piece;
  if (contentType.type.startsWith('multipart/') && nesting < depthMax) {
    const spans = splitMultipart(source, contentType.boundary, start, limit);
    if (spans !== undefined) {
      for (const [from, to] of spans) {
        if (walk.parts >= partsMax) return;
        const { fields, end } = readHeaderFields(source.text, from, to);
        addParts(
          into,
          {
            source,
            fields,
            contentType: readContentType(firstField(fields, 'content-type')),
            start: end,
            limit: to,
            depth,
            nesting: nesting + 1,
          },
          walk,
        );
      }
      return;
    }
  }
  walk.parts += 1;
  const body = source.text.slice(start, limit);
  into.push({
    contentType,
    fields: piece.fields,
    body,
    depth,
    ...(isMessage(contentType.type) && nesting < depthMax
      ? { message: carriedMessage(piece, body, walk) }
      : {}),
  });
}

function isMessage(type: string): boolean {
  return type === 'message/rfc822' || type === 'message/global' || type === 'message/news';
}

function carriedMessage(piece: Piece, body: string, walk: Walk): MimeMessage {
  const encoding = firstField(piece.fields, 'content-transfer-encoding');
  const decoded = decodeTransfer(body, encoding);
  const { depth, nesting } = piece;
  if (decoded === body) {
    return messageAt(piece.source, piece.start, piece.limit, depth + 1, nesting + 1, walk);
  }
  const source = sourceOf(decoded);
  return messageAt(source, 0, source.text.length, depth + 1, nesting + 1, walk);
}

/** Where the parts of a multipart begin and end; undefined where no boundary line is found. */
function splitMultipart(
  source: MailSource,
  announced: string | undefined,
  start: number,
  limit: number,
): [number, number][] | undefined {
  const { text } = source;
  const lines: { at: number; line: string }[] = [];
  for (let index = firstAtOrAfter(source.dashes, start); index < source.dashes.length; index += 1) {
    const at = source.dashes[index] ?? limit;
    if (at >= limit) break;
    lines.push({
      at,
      line: text.slice(at + 2, Math.min(endOfLine(text, at, limit), at + 300)).trimEnd(),
    });
  }
  let boundary = announced;
  if (boundary === undefined || !lines.some(({ line }) => line === boundary)) {
    boundary = lines.find(({ at }) => startsPart(text, at, limit))?.line;
    if (boundary === undefined || boundary === '') return undefined;
  }
  const spans: [number, number][] = [];
  let open = -1;
  // What stands before the first boundary is for old programs; it counts only where nothing else is there.
  for (const { at, line } of lines) {
    const closes = line === `${boundary}--`;
    if (line !== boundary && !closes) continue;
    if (open !== -1) spans.push([open, Math.max(open, at - 1)]);
    open = closes ? -1 : Math.min(endOfLine(text, at, limit) + 1, limit);
    if (closes) break;
  }
  if (open !== -1 && open < limit) spans.push([open, limit]);
  return spans.length === 0 ? undefined : spans;
}

function startsPart(text: string, at: number, limit: number): boolean {
  const next = endOfLine(text, at, limit) + 1;
  return /^content-/i.test(text.slice(next, next + 8));
}

function firstAtOrAfter(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
