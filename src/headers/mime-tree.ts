import type { BodyText } from '../mail/body-text.ts';
import type { CalendarInvitation } from '../mail/calendar-invitation.ts';
import type { Attachment } from '../mail/message-content.ts';
import { encodeBase64Body } from './base64-body.ts';
import { foldField } from './fold.ts';
import { headerNames } from '../mail/header-names.ts';
import { asciiFileName, parameterPieces } from './mime-parameter.ts';
import type { MaskedContent } from './masked-message.ts';
import { encodeBody } from './pieced-body.ts';
import type { TransferEncoding } from './text-body.ts';

/** A part of a message: a leaf with its encoded body, or parts within boundaries (RFC 2046 §5.1). */
export type MimePart = MimeLeaf | MimeMultipart;

/** A part that holds content. */
export interface MimeLeaf {
  readonly kind: 'leaf';
  /** Its Content-… fields, each with CRLF. */
  readonly fields: string;
  readonly encoding: TransferEncoding;
  /** In pieces, to be joined. */
  readonly body: readonly string[];
}

/** A part that holds parts. */
interface MimeMultipart {
  readonly kind: 'multipart';
  readonly subtype: 'alternative' | 'related' | 'mixed';
  readonly parts: readonly MimePart[];
}

/**
 * Puts a message's texts and attachments into the tree that mail programs expect: text and HTML as
 * alternatives, images that the HTML shows next to it (RFC 2387), files around all of it. An invitation
 * is the last alternative (RFC 6047 §2.4) and, for programs that do not know it, also a file.
 *
 * @param content has a text or an HTML body
 */
export function mimeTree(content: MaskedContent): MimePart {
  const { html, calendar } = content;
  const shown = (each: Attachment): boolean =>
    html !== undefined && each.disposition === 'inline' && each.contentId !== undefined;
  const images = content.attachments.filter(shown);
  const files = content.attachments.filter((each) => !shown(each));
  const texts: MimePart[] = [];
  if (content.text !== undefined) texts.push(textLeaf('text/plain; charset=utf-8', content.text));
  if (html !== undefined) {
    texts.push(wrap('related', [htmlLeaf(html), ...images.map(fileLeaf)]));
  }
  if (calendar !== undefined) {
    texts.push(
      textLeaf(`text/calendar; charset=utf-8; method=${calendar.method}`, calendar.content),
    );
    files.push(calendarFile(calendar));
  }
  return wrap('mixed', [wrap('alternative', texts), ...files.map(fileLeaf)]);
}

/** One part needs no multipart around it. */
function wrap(subtype: MimeMultipart['subtype'], parts: readonly MimePart[]): MimePart {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'multipart', subtype, parts };
}

function htmlLeaf(html: BodyText): MimeLeaf {
  return textLeaf('text/html; charset=utf-8', html);
}

/** RFC 5545 §3.1 asks for CRLF; programs save the file as it is. */
function calendarFile({ content }: CalendarInvitation): Attachment {
  return {
    filename: 'invite.ics',
    contentType: 'application/ics',
    disposition: 'attachment',
    content: Buffer.from(content.replace(/\r\n?|\n/g, '\r\n')),
  };
}

/** @param contentType short enough for one line */
function textLeaf(contentType: string, text: BodyText): MimeLeaf {
  const { encoding, body } = encodeBody(text);
  const fields =
    `${headerNames.contentType}: ${contentType}\r\n` +
    `${headerNames.contentTransferEncoding}: ${encoding}\r\n`;
  return { kind: 'leaf', fields, encoding, body };
}

function fileLeaf(file: Attachment): MimeLeaf {
  // Parts of these types may not be base64 (RFC 2046 §5.2.1, RFC 2045 §6.4); the file name still
  // tells mail programs how to open them.
  const type = /^(?:message|multipart)\//i.test(file.contentType)
    ? 'application/octet-stream'
    : file.contentType;
  const typePieces = [
    ...type.split(/; ?/),
    ...parameterPieces('name', asciiFileName(file.filename)),
  ];
  const placePieces = [`${file.disposition}`, ...parameterPieces('filename', file.filename)];
  let fields =
    foldField(headerNames.contentType, withSemicolons(typePieces)) +
    `${headerNames.contentTransferEncoding}: base64\r\n` +
    foldField(headerNames.contentDisposition, withSemicolons(placePieces));
  if (file.contentId !== undefined) {
    fields += foldField(headerNames.contentId, [`<${file.contentId}>`]);
  }
  return { kind: 'leaf', fields, encoding: 'base64', body: [encodeBase64Body(file.content)] };
}

function withSemicolons(pieces: readonly string[]): string[] {
  const last = pieces.length - 1;
  return pieces.map((piece, index) => (index === last ? piece : `${piece};`));
}
