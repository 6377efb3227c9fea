import { headerNames } from '../mail/header-names.ts';
import { formatMessageId } from '../mail/message-id.ts';
import { validationError } from '../runtime/errors.ts';
import { bulkFields } from './bulk-fields.ts';
import { renderProblems } from './check-message.ts';
import { formatDateTime } from './date-time.ts';
import { encodeWords, isPlainText } from './encoded-word.ts';
import { foldField, foldText } from './fold.ts';
import { mailboxField } from './mailbox-field.ts';
import type { MaskedContent, MaskedMessage, RenderedMessage } from './masked-message.ts';
import { mimeTree } from './mime-tree.ts';
import { originatorFields } from './originator-fields.ts';
import { threadFields } from './thread-fields.ts';
import { writeParts } from './write-parts.ts';

/**
 * Renders a masked message: header block in a fixed order, and MIME body. Pure: equal messages give
 * equal bytes. The order is originator, recipients, subject, date, id, thread, list, custom fields, our
 * reference, MIME.
 *
 * @throws OnbehalfError `RENDER_FAILED` naming all fields that cannot be represented
 */
export function renderMessage(message: MaskedMessage): RenderedMessage {
  const problems = renderProblems(message);
  if (problems.length > 0) throw validationError('RENDER_FAILED', 'message', problems);
  const { content, bulk } = message;
  const parts = writeParts(mimeTree(content), message.messageId);
  const head =
    originatorFields(message) +
    recipientFields(content) +
    subjectField(content.subject) +
    `${headerNames.date}: ${formatDateTime(message.dateMs)}\r\n` +
    foldField(headerNames.messageId, [formatMessageId(message.messageId, message.messageIdHost)]) +
    threadFields(content) +
    (bulk === undefined ? '' : bulkFields(bulk, message.mode)) +
    content.headers.map(([name, value]) => foldText(name, value)).join('') +
    referenceField(message) +
    `${headerNames.mimeVersion}: 1.0\r\n` +
    parts.fields;
  const headRoom = head.length + signaturesRoom;
  const body = asciiBuffer(parts.body, headRoom);
  const rendered = { head, body, headRoom };
  return parts.isRelaxed ? { ...rendered, isRelaxed: true } : rendered;
}

/** To and Cc. Where all recipients are only in the envelope, To is the empty group of RFC 5322 §A.1.3. */
function recipientFields({ to, cc }: MaskedContent): string {
  return (
    (to.length === 0 ? emptyTo(cc.length) : mailboxField(headerNames.to, to)) +
    (cc.length === 0 ? '' : mailboxField(headerNames.cc, cc))
  );
}

function emptyTo(ccCount: number): string {
  return ccCount === 0 ? `${headerNames.to}: undisclosed-recipients:;\r\n` : '';
}

/**
 * No field for an empty subject, as RFC 5322 §3.6 allows: an empty one ends in white space, which
 * relays cut off, and the signature covers its absence.
 */
function subjectField(subject: string): string {
  if (subject === '') return '';
  return isPlainText(subject)
    ? foldText(headerNames.subject, subject)
    : foldField(headerNames.subject, encodeWords(subject));
}

/** Nothing in `direct`: it would tell of a third party. */
function referenceField({ mode, reference }: MaskedMessage): string {
  return mode === 'direct' || reference === undefined
    ? ''
    : foldField(headerNames.onbehalfReference, [reference]);
}

/** Room for two signatures of 2,048 bits and the empty line behind the header block, in bytes. */
const signaturesRoom = 3_072;

/** The pieces as bytes, with so many bytes before them for whoever puts a header block there. */
function asciiBuffer(pieces: readonly string[], room: number): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, room);
  const buffer = Buffer.allocUnsafe(length);
  let at = room;
  for (const piece of pieces) at += buffer.write(piece, at, 'latin1');
  return buffer.subarray(room);
}
