import { readAddress, readDomain, type Mailbox } from '../mail/address.ts';
import { contentIdProblem, contentTypeProblem, fileNameProblem } from '../mail/attachment-text.ts';
import { bodyTextProblem } from '../mail/body-text.ts';
import { customHeaderProblem, headerTextProblem } from '../mail/header-text.ts';
import { isMessageId } from '../mail/ids.ts';
import type { MessageContent } from '../mail/message-content.ts';
import type { Problem } from '../runtime/errors.ts';
import type { MaskedMessage } from './masked-message.ts';

/** RFC 5322 leaves the length open; Gmail counts a Message-ID of more as malformed. */
const messageIdFieldMax = 250;

/**
 * What keeps a message from being rendered, empty where nothing does. Producers refuse the same
 * things earlier and with more advice; here they are refused once more, because a job comes from
 * Redis, and what gets past this door stands in a header block.
 */
export function renderProblems(message: MaskedMessage): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, problem: string | undefined): void => {
    if (problem !== undefined) problems.push({ field, message: problem });
  };
  add('messageId', isMessageId(message.messageId) ? undefined : 'is no message id');
  add('messageIdHost', hostProblem(message));
  add('dateMs', dateProblem(message.dateMs));
  add('reference', /^[\x21-\x7e]{1,200}$/.test(message.reference) ? undefined : 'is no reference');
  const mailbox = (field: string, { name, address }: Mailbox): void => {
    add(`${field}.address`, addressProblem(address));
    if (name !== undefined) add(`${field}.name`, headerTextProblem(name));
  };
  mailbox('sender', message.sender);
  const { content } = message;
  mailbox('from', content.from);
  content.to.forEach((each, index) => mailbox(`to[${index}]`, each));
  content.cc.forEach((each, index) => mailbox(`cc[${index}]`, each));
  content.replyTo.forEach((each, index) => mailbox(`replyTo[${index}]`, each));
  addContentProblems(content, add);
  return problems;
}

function addContentProblems(
  content: MessageContent,
  add: (field: string, problem: string | undefined) => void,
): void {
  add('subject', headerTextProblem(content.subject));
  for (const [name, value] of content.headers) {
    add(`headers.${name}`, customHeaderProblem(name, value));
  }
  const { text, html } = content;
  if (text === undefined && html === undefined) add('text', 'is missing, and so is html');
  if (text !== undefined) add('text', bodyTextProblem(text));
  if (html !== undefined) add('html', bodyTextProblem(html));
  content.attachments.forEach((file, index) => {
    const field = `attachments[${index}]`;
    add(`${field}.filename`, fileNameProblem(file.filename));
    add(`${field}.contentType`, contentTypeProblem(file.contentType));
    if (file.contentId !== undefined) add(`${field}.contentId`, contentIdProblem(file.contentId));
  });
}

/** Header fields are ASCII: a non-ASCII local part would need SMTPUTF8 all the way (RFC 6532). */
function addressProblem(address: string): string | undefined {
  const reading = readAddress(address);
  if (!reading.ok) return reading.reason;
  if (reading.address !== address) return 'has a domain that is not in lower-case A-labels';
  return /^[\x21-\x7e]+$/.test(address)
    ? undefined
    : 'has letters outside ASCII before the @, which a header field of this mode cannot hold';
}

function hostProblem({ messageId, messageIdHost }: MaskedMessage): string | undefined {
  if (readDomain(messageIdHost) !== messageIdHost) return 'is no host name in lower-case A-labels';
  return messageId.length + messageIdHost.length + 3 > messageIdFieldMax
    ? `makes a Message-ID of over ${messageIdFieldMax} characters`
    : undefined;
}

function dateProblem(dateMs: number): string | undefined {
  // Four-digit years from 1970 on: the last is 9999.
  return Number.isFinite(dateMs) && dateMs >= 0 && dateMs < Date.UTC(10_000, 0)
    ? undefined
    : 'is no time in ms since 1970';
}
