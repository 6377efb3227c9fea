import { headerNames } from '../../mail/header-names.ts';
import { valuesOf } from './read-fields.ts';
import type { ReceivedMail } from './received-mail.ts';

const exactlyOnce = [headerNames.from, headerNames.date, headerNames.messageId];
const atMostOnce = [
  headerNames.sender,
  headerNames.replyTo,
  headerNames.to,
  headerNames.cc,
  headerNames.subject,
  headerNames.inReplyTo,
  headerNames.references,
  headerNames.mimeVersion,
  headerNames.contentType,
];

/** Gmail's limits of a header: all of it, its fields, one field, Message-ID and Subject. */
const headerOctetsMax = 500_000;
const fieldsMax = 5_000;
const fieldOctetsMax = 32_768;
const messageIdLengthMax = 500;
const subjectLengthMax = 998;

/** What is wrong with a message by RFC 5322 §2.1.1 and §3.6, a sentence each. */
export function formProblems(mail: ReceivedMail): readonly string[] {
  const { fields, from, fromCount } = mail;
  const count = (name: string): number => valuesOf(fields, name).length;
  return [
    ...mail.formProblems,
    ...exactlyOnce.filter((name) => count(name) !== 1).map((name) => `${name} must be there once.`),
    ...atMostOnce.filter((name) => count(name) > 1).map((name) => `${name} is there twice.`),
    ...(fromCount === 1 && isMailAddress(from.address) ? [] : ['From must hold one address.']),
  ];
}

/** What breaks Gmail's limits of a header, a sentence each. */
export function sizeProblems({ fields, subject }: ReceivedMail): readonly string[] {
  const sizes = fields.map(({ name, value }) => name.length + value.length + 4);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const [messageId = ''] = valuesOf(fields, headerNames.messageId);
  const unlimited: readonly string[] = [headerNames.to, headerNames.cc, headerNames.references];
  const free = new Set(unlimited.map((name) => name.toLowerCase()));
  const isTooLong = fields.some(
    ({ name }, index) => !free.has(name) && (sizes[index] ?? 0) > fieldOctetsMax,
  );
  return [
    ...(total > headerOctetsMax ? [`The header has ${total} octets.`] : []),
    ...(fields.length > fieldsMax ? [`The header has ${fields.length} fields.`] : []),
    ...(isTooLong ? [`A field is longer than ${fieldOctetsMax} octets.`] : []),
    ...(messageId.length > messageIdLengthMax ? ['The Message-ID is too long.'] : []),
    ...(subject.length > subjectLengthMax ? ['The subject is too long.'] : []),
  ];
}

function isMailAddress(address: string): boolean {
  return /^[\x21-\x7e]+@[a-z0-9.-]+\.[a-z0-9-]+$/i.test(address);
}
