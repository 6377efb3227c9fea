import {
  isAsciiAddress,
  readAddress,
  readDomain,
  type EmailAddress,
  type Mailbox,
} from '../mail/address.ts';
import { contentIdProblem, contentTypeProblem, fileNameProblem } from '../mail/attachment-text.ts';
import { bodyTextProblem } from '../mail/body-text.ts';
import { calendarProblem } from '../mail/calendar-invitation.ts';
import { customHeaderProblem, headerTextProblem } from '../mail/header-text.ts';
import { isMessageId } from '../mail/ids.ts';
import { senderNameProblem } from '../mail/sender-name.ts';
import { threadIdProblem } from '../mail/thread-id.ts';
import type { Problem } from '../runtime/errors.ts';
import { bulkProblems } from './check-bulk-fields.ts';
import type { MaskedContent, MaskedMessage } from './masked-message.ts';

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
  const { content, reference, bulk } = message;
  if (reference !== undefined) {
    add('reference', /^[\x21-\x7e]{1,200}$/.test(reference) ? undefined : 'is no reference');
  }
  const mailbox = (field: string, { name, address }: Mailbox): void => {
    add(`${field}.address`, addressProblem(address) ?? asciiProblem(address));
    if (name !== undefined) add(`${field}.name`, headerTextProblem(name));
  };
  if (message.mode === 'on-behalf') mailbox('sender', message.sender);
  if (message.mode === 'rewritten') {
    mailbox('alias', message.alias);
    add('alias.name', aliasNameProblem(message.alias.name));
    // Her own address is in no field where it is not ASCII: answers go through the alias.
    add('from.address', addressProblem(content.from.address));
  } else {
    add('from.address', addressProblem(content.from.address) ?? asciiProblem(content.from.address));
  }
  add('from.name', senderNameProblem(content.from));
  content.to.forEach((each, index) => mailbox(`to[${index}]`, each));
  content.cc.forEach((each, index) => mailbox(`cc[${index}]`, each));
  content.replyTo.forEach((each, index) => mailbox(`replyTo[${index}]`, each));
  addContentProblems(content, add);
  if (bulk !== undefined) problems.push(...bulkProblems(bulk));
  return problems;
}

function addContentProblems(
  content: MaskedContent,
  add: (field: string, problem: string | undefined) => void,
): void {
  add('template', content.template === true ? 'was not filled' : undefined);
  add('subject', headerTextProblem(content.subject));
  for (const [name, value] of content.headers) {
    add(`headers.${name}`, customHeaderProblem(name, value));
  }
  const { text, html, calendar, inReplyTo } = content;
  if (inReplyTo !== undefined) add('inReplyTo', threadIdProblem(inReplyTo));
  content.references?.forEach((id, index) => add(`references[${index}]`, threadIdProblem(id)));
  if (text === undefined && html === undefined) add('text', 'is missing, and so is html');
  if (text !== undefined) add('text', bodyTextProblem(text));
  if (html !== undefined) add('html', bodyTextProblem(html));
  if (calendar !== undefined) add('calendar', calendarProblem(calendar));
  content.attachments.forEach((file, index) => {
    const field = `attachments[${index}]`;
    add(`${field}.filename`, fileNameProblem(file.filename));
    add(`${field}.contentType`, contentTypeProblem(file.contentType));
    if (file.contentId !== undefined) add(`${field}.contentId`, contentIdProblem(file.contentId));
  });
}

function addressProblem(address: string): string | undefined {
  const reading = readAddress(address);
  if (!reading.ok) return reading.reason;
  return reading.address === address
    ? undefined
    : 'has a domain that is not in lower-case A-labels';
}

/** Header fields are ASCII: a non-ASCII local part would need SMTPUTF8 all the way (RFC 6532). */
function asciiProblem(address: EmailAddress): string | undefined {
  return isAsciiAddress(address)
    ? undefined
    : 'has letters outside ASCII before the @, which a header field of this mode cannot hold';
}

/** An address in the name would be taken for the address behind it. */
function aliasNameProblem(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return 'is missing';
  return name.normalize('NFKC').includes('@') ? 'holds an @' : undefined;
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
