import { addressKey, type EmailAddress, type Mailbox } from '../mail/address.ts';
import { bodyTextBytes, bodyTextProblem, wholeText, type BodyText } from '../mail/body-text.ts';
import type { Filling } from '../mail/filling.ts';
import { senderNameProblem } from '../mail/sender-name.ts';
import { customHeaderProblem, headerTextProblem } from '../mail/header-text.ts';
import { maskingModes, sendKinds, type MaskingMode, type SendKind } from '../mail/kinds.ts';
import type { MessageContent } from '../mail/message-content.ts';
import { uncertainPolicies, type UncertainPolicy } from '../mail/uncertain-policy.ts';
import { validationError } from '../runtime/errors.ts';
import { shapeOf } from '../runtime/shape.ts';
import { checkAttachments } from './check-attachments.ts';
import { checkOneRecipient, checkVariables, filler, type Fill } from './check-filling.ts';
import { checkMailbox, checkMailboxes } from './check-mailbox.ts';
import { checkCalendar, checkThread } from './check-thread.ts';
import { createProblemList, printableName, type ProblemList } from './problem-list.ts';

/** Most recipients of one call; more is a campaign. */
const recipientsMax = 50;

/** Default for the largest content, in bytes: 15 MiB of bodies and attachments together. */
export const contentBytesMaxDefault = 15 * 1024 * 1024;

/** A checked input. Times that the caller left open stay open: they are no part of the input. */
export interface CheckedSend {
  /** A template where there is a filling. */
  readonly content: MessageContent;
  /** What this send of a template has for itself; absent where the content is the texts to be sent. */
  readonly filling?: Filling;
  /** Every envelope recipient once, in the order given. */
  readonly recipients: readonly EmailAddress[];
  readonly kind: SendKind;
  readonly tenant: string;
  readonly idempotencyKey?: string;
  readonly sendAt?: number;
  readonly expiresAt?: number;
  readonly requestedMode?: MaskingMode;
  readonly uncertainPolicy?: UncertainPolicy;
}

const knownFields = new Set(
  'from to cc bcc subject text html variables attachments replyTo headers inReplyTo references calendar kind mode uncertainPolicy tenant idempotencyKey sendAt expiresAt metadata'.split(
    ' ',
  ),
);
const tenantPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
const subjectLengthMax = 998;
const metadataBytesMax = 4096;

/**
 * Reads what a caller gave to `send()`.
 *
 * @throws OnbehalfError `INVALID_INPUT` naming every problem
 */
export function checkSend(input: unknown, contentBytesMax: number): CheckedSend {
  const problems = createProblemList();
  if (typeof input !== 'object' || input === null) {
    throw validationError('INVALID_INPUT', 'send()', [
      { field: 'input', message: `must be an object, is ${shapeOf(input)}` },
    ]);
  }
  const source = input as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(source)) {
    if (!knownFields.has(name)) problems.add(name, 'is no field of send()');
  }
  const from = checkMailbox(source['from'], 'from', problems, true);
  const fromProblem = from === undefined ? undefined : senderNameProblem(from);
  // What headers may not hold at all is told already.
  if (fromProblem !== undefined && headerTextProblem(from?.name ?? '') === undefined) {
    problems.add('from', `the name ${fromProblem}`);
  }
  const to = checkMailboxes(source['to'], 'to', problems);
  const cc = checkMailboxes(source['cc'], 'cc', problems);
  const bcc = checkMailboxes(source['bcc'], 'bcc', problems);
  const recipients = uniqueAddresses([...to, ...cc, ...bcc]);
  if (recipients.length === 0 && problems.found.every(({ field }) => !/^(to|cc|bcc)/.test(field))) {
    problems.add('to', 'there is no recipient in to, cc or bcc');
  }
  if (recipients.length > recipientsMax) {
    problems.add('to', `has ${recipients.length} recipients, at most ${recipientsMax}: use bulk`);
  }
  const variables = checkVariables(source['variables'], problems);
  if (variables !== undefined) {
    checkOneRecipient({ to: to.length, cc: cc.length, bcc: bcc.length }, problems);
  }
  // A template is checked as what it becomes: no value brings in what a plain mail may not hold.
  const fill = filler(variables, problems);
  const subject = checkSubject(source['subject'], problems, fill);
  const text = checkBody(source['text'], 'text', problems, fill);
  const html = checkBody(source['html'], 'html', problems, fill);
  if (source['text'] === undefined && source['html'] === undefined) {
    problems.add('text', 'at least one of text and html is needed');
  }
  const attachments = checkAttachments(source['attachments'], problems);
  const bytes =
    bodyTextBytes(text ?? '') +
    bodyTextBytes(html ?? '') +
    attachments.reduce((sum, each) => sum + each.content.byteLength, 0);
  if (bytes > contentBytesMax) {
    problems.add(
      'attachments',
      `bodies and attachments have ${bytes} bytes, at most ${contentBytesMax}`,
    );
  }
  const replyTo = checkMailboxes(source['replyTo'], 'replyTo', problems);
  const headers = checkHeaders(source['headers'], problems);
  const metadata = checkMetadata(source['metadata'], problems);
  const kind = sendKinds.find((each) => each === (source['kind'] ?? 'single'));
  if (kind === undefined) problems.add('kind', `must be one of ${sendKinds.join(', ')}`);
  const thread = checkThread(source, problems);
  const calendar = checkCalendar(source['calendar'], problems);
  const requestedMode = maskingModes.find((each) => each === source['mode']);
  if (source['mode'] !== undefined && requestedMode === undefined) {
    problems.add('mode', `must be one of ${maskingModes.join(', ')}`);
  }
  const uncertainPolicy = uncertainPolicies.find((each) => each === source['uncertainPolicy']);
  if (source['uncertainPolicy'] !== undefined && uncertainPolicy === undefined) {
    problems.add('uncertainPolicy', `must be one of ${uncertainPolicies.join(', ')}`);
  }
  const givenTenant = source['tenant'] ?? 'default';
  const tenant = typeof givenTenant === 'string' ? givenTenant : '';
  if (!tenantPattern.test(tenant)) {
    problems.add('tenant', 'must be 1 to 64 letters, digits, dots, hyphens or underscores');
  }
  const key = source['idempotencyKey'];
  if (key !== undefined && (typeof key !== 'string' || key === '' || key.length > 500)) {
    problems.add('idempotencyKey', `must be a text of 1 to 500 characters, is ${shapeOf(key)}`);
  }
  const sendAt = checkTime(source['sendAt'], 'sendAt', problems);
  const expiresAt = checkTime(source['expiresAt'], 'expiresAt', problems);
  if (sendAt !== undefined && expiresAt !== undefined && expiresAt <= sendAt) {
    problems.add('expiresAt', 'must be later than sendAt');
  }
  if (problems.found.length > 0 || from === undefined || kind === undefined) {
    throw validationError('INVALID_INPUT', 'send()', problems.found);
  }
  const [addressee] = to;
  const filling =
    variables === undefined || addressee === undefined
      ? undefined
      : { to: addressee, subject, variables };
  const content: MessageContent = {
    ...(filling === undefined ? {} : { template: true }),
    from,
    // Nothing of one recipient, so that all sends of a template share one stored content.
    to: filling === undefined ? to : [],
    cc,
    replyTo,
    subject: source['subject'] as string,
    ...(text === undefined ? {} : { text: source['text'] as string }),
    ...(html === undefined ? {} : { html: source['html'] as string }),
    attachments,
    ...thread,
    ...(calendar === undefined ? {} : { calendar }),
    headers,
    metadata,
  };
  return {
    content,
    ...(filling === undefined ? {} : { filling }),
    recipients,
    kind,
    tenant,
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(requestedMode === undefined ? {} : { requestedMode }),
    ...(uncertainPolicy === undefined ? {} : { uncertainPolicy }),
  };
}

function uniqueAddresses(mailboxes: readonly Mailbox[]): EmailAddress[] {
  const seen = new Map<string, EmailAddress>();
  for (const { address } of mailboxes) {
    const key = addressKey(address);
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}

function checkSubject(value: unknown, problems: ProblemList, fill: Fill): string {
  if (typeof value !== 'string') {
    problems.add('subject', `must be a text, is ${shapeOf(value)}`);
    return '';
  }
  const subject = wholeText(fill(value, 'subject'));
  const problem =
    subject.length > subjectLengthMax
      ? `has ${subject.length} characters, at most ${subjectLengthMax}`
      : headerTextProblem(subject);
  if (problem !== undefined) problems.add('subject', problem);
  return subject;
}

function checkBody(
  value: unknown,
  field: 'text' | 'html',
  problems: ProblemList,
  fill: Fill,
): BodyText | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    problems.add(field, `must be a text, is ${shapeOf(value)}`);
    return undefined;
  }
  const body = fill(value, field);
  const problem = bodyTextProblem(body);
  if (problem !== undefined) problems.add(field, problem);
  return body;
}

function checkHeaders(value: unknown, problems: ProblemList): (readonly [string, string])[] {
  return checkTexts(value, 'headers', problems, customHeaderProblem);
}

function checkMetadata(value: unknown, problems: ProblemList): Record<string, string> {
  const entries = checkTexts(value, 'metadata', problems, (_name, text) =>
    text.isWellFormed() ? undefined : 'holds half of a surrogate pair',
  );
  if (Buffer.byteLength(JSON.stringify(entries)) > metadataBytesMax) {
    problems.add('metadata', `is larger than ${metadataBytesMax} bytes`);
  }
  return Object.fromEntries(entries);
}

function checkTexts(
  value: unknown,
  field: string,
  problems: ProblemList,
  problemOf: (name: string, text: string) => string | undefined,
): (readonly [string, string])[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add(field, `must be an object of texts, is ${shapeOf(value)}`);
    return [];
  }
  return Object.entries(value).flatMap(([name, text]: [string, unknown]) => {
    const problem =
      typeof text === 'string' ? problemOf(name, text) : `must be a text, is ${shapeOf(text)}`;
    if (problem !== undefined) problems.add(`${field}.${printableName(name)}`, problem);
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
}

function checkTime(value: unknown, field: string, problems: ProblemList): number | undefined {
  if (value === undefined) return undefined;
  const ms =
    typeof value === 'number'
      ? value
      : typeof value === 'string' || Object.prototype.toString.call(value) === '[object Date]'
        ? new Date(value as string | Date).getTime()
        : Number.NaN;
  // 32503680000000 is the year 3000: a time in seconds or microseconds falls outside.
  if (Number.isSafeInteger(ms) && ms >= 946_684_800_000 && ms < 32_503_680_000_000) return ms;
  problems.add(
    field,
    'must be a time: a Date, ms since 1970 or an ISO 8601 text, year 2000 to 3000',
  );
  return undefined;
}
