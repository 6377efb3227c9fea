/**
 * From what the MIME parser gives to what the history keeps: every text bounded and well-formed,
 * every address checked, nothing taken from the parser that it is known to make up.
 */
import type { AddressObject, Attachment, EmailAddress as Entry, ParsedMail } from 'mailparser';
import { addressKey, readAddress } from '../../mail/address.ts';
import type { Mailbox } from '../../mail/address.ts';
import type { CopyAttachment, ParsedCopy } from '../intake-verdict.ts';
import { readHeaderDate } from './header-date.ts';
import { valuesOf } from './header-lines.ts';
import type { HeaderField } from './header-lines.ts';

const nameMax = 255;
const subjectMax = 1000;
const messageIdMax = 998;
const attachmentsMax = 500;

/**
 * What a mail says.
 *
 * - `from` is all or nothing: where one of several authors has no acceptable address, none is
 *   returned, so that leaving one out can never make a mail of two authors look like one of one.
 * - In `to` and `cc` addresses we do not accept are left out, and each address comes once.
 * - Date, Message-ID and In-Reply-To come from the header itself: the parser gives the present
 *   time for an unreadable date and rewrites ids.
 *
 * @param textMaxBytes cap of text and html, each, in UTF-8; the rest is cut off
 */
export function toParsedCopy(
  mail: ParsedMail,
  fields: readonly HeaderField[],
  textMaxBytes: number,
): ParsedCopy {
  const authors = entriesOf(mail.from);
  const from = mailboxesOf(authors);
  const date = valuesOf(fields, 'date')[0];
  const headerDateMs = date === undefined ? undefined : readHeaderDate(date);
  const optional = {
    subject: oneLine(mail.subject, subjectMax),
    messageIdHeader: oneLine(valuesOf(fields, 'message-id')[0], messageIdMax),
    inReplyTo: oneLine(valuesOf(fields, 'in-reply-to')[0], messageIdMax),
    headerDateMs,
    text: bounded(mail.text, textMaxBytes),
    html: bounded(mail.html === false ? undefined : mail.html, textMaxBytes),
  };
  return {
    from: from.length === authors.length ? from : [],
    to: unique(mailboxesOf(entriesOf(mail.to))),
    cc: unique(mailboxesOf(entriesOf(mail.cc))),
    attachments: mail.attachments.slice(0, attachmentsMax).map(describe),
    ...present(optional),
  };
}

/** The properties that have a value. */
function present<Properties extends object>(
  properties: Properties,
): { [Name in keyof Properties]?: Exclude<Properties[Name], undefined> } {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined),
  ) as { [Name in keyof Properties]?: Exclude<Properties[Name], undefined> };
}

function entriesOf(header: AddressObject | AddressObject[] | undefined): readonly Entry[] {
  const objects = header === undefined ? [] : [header].flat();
  return objects.flatMap((object) => object.value).flatMap((entry) => entry.group ?? [entry]);
}

function mailboxesOf(entries: readonly Entry[]): Mailbox[] {
  return entries.flatMap((entry) => {
    const reading = readAddress(entry.address ?? '');
    if (!reading.ok) return [];
    const name = oneLine(entry.name, nameMax);
    return [name === undefined ? { address: reading.address } : { name, address: reading.address }];
  });
}

function unique(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
  const seen = new Map<string, Mailbox>();
  for (const mailbox of mailboxes) {
    const key = addressKey(mailbox.address);
    if (!seen.has(key)) seen.set(key, mailbox);
  }
  return [...seen.values()];
}

function describe(attachment: Attachment): CopyAttachment {
  return {
    filename: oneLine(attachment.filename, nameMax) ?? 'unnamed',
    contentType: oneLine(attachment.contentType, nameMax) ?? 'application/octet-stream',
    sizeBytes: attachment.size,
    sha256: attachment.checksum,
  };
}

/** One line of well-formed text without control characters; undefined where nothing is left. */
function oneLine(text: string | undefined, lengthMax: number): string | undefined {
  const line = (text ?? '')
    .slice(0, 4 * lengthMax)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
    .slice(0, lengthMax)
    .toWellFormed();
  return line === '' ? undefined : line;
}

function bounded(text: string | undefined, bytesMax: number): string | undefined {
  if (text === undefined || text === '') return undefined;
  // databases refuse or cut at NUL
  const clean = text.slice(0, bytesMax).toWellFormed().replaceAll('\u0000', '');
  if (Buffer.byteLength(clean) <= bytesMax) return clean;
  // a character cut in two at the end decodes to the replacement character, which goes too
  return Buffer.from(clean)
    .subarray(0, bytesMax)
    .toString('utf8')
    .replace(/\ufffd$/, '');
}
