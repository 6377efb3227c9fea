import type { NoticeKind } from './classification.ts';
import type { Finding } from './finding.ts';
import { decodeHeaderText } from './mime/encoded-words.ts';
import { firstField, type HeaderFields, noFields, readHeaderFields } from './mime/header-fields.ts';
import type { MimeMessage, MimePart } from './mime/mime-parts.ts';
import { partText } from './mime/part-text.ts';
import { decodeTransfer } from './mime/transfer-encoding.ts';
import { flatText, speaksOfDelivery } from './notice-words.ts';
import type { ToldOfOriginal } from './original-mail.ts';
import { splitReturnedText } from './returned-text.ts';

/** A mail that may be a notice, sorted by what its parts are for. */
export interface Notice {
  readonly fields: HeaderFields;
  readonly contentType: MimeMessage['contentType'];
  readonly subject: string;
  readonly from: string;
  /** What it says to people, without the mail it returns. */
  readonly text: string;
  /** The beginning of it as one line. */
  readonly flat: string;
  /** Bodies of its delivery status parts. */
  readonly status: readonly string[];
  /** Whether it tells that a mail was displayed or deleted (RFC 8098). */
  readonly isReceipt: boolean;
  /** Body of its feedback report. */
  readonly feedback?: string;
  /** Header of the mail that it returns. */
  readonly returned: HeaderFields;
  /** The first mail that it carries. */
  readonly carried?: MimeMessage;
}

/** What a reader made of a notice. */
export interface ReadNotice {
  readonly kind: NoticeKind;
  /** Id of the reader. */
  readonly format: string;
  /** One for each recipient, at least one. */
  readonly findings: readonly Finding[];
  readonly told?: ToldOfOriginal;
}

/** Reads notices of one kind; undefined where the mail is none of them. */
export type NoticeReader = (notice: Notice) => ReadNotice | undefined;

const textMax = 65_536;

/** Sorts the parts of a message. Never throws. */
export function readNotice(message: MimeMessage): Notice {
  const plain: string[] = [];
  const html: string[] = [];
  const status: string[] = [];
  let feedback: string | undefined;
  let receipt: string | undefined;
  let returned: HeaderFields = noFields;
  let carried: MimeMessage | undefined;
  for (const part of message.parts) {
    const { type } = part.contentType;
    if (part.message !== undefined) {
      carried ??= part.message;
      if (returned.size === 0) returned = part.message.fields;
    } else if (statusTypes.test(type)) status.push(transferDecoded(part));
    else if (type === 'message/feedback-report') feedback ??= transferDecoded(part);
    else if (type === 'message/disposition-notification') receipt ??= transferDecoded(part);
    else if (headerTypes.test(type)) {
      if (returned.size === 0) returned = headerOf(transferDecoded(part));
    } else if (type === 'text/html') html.push(partText(part));
    else if (type.startsWith('text/') || type === '' || type.startsWith('message/')) {
      plain.push(partText(part));
    } else if (type.startsWith('multipart/')) plain.push(partText(part));
  }
  // A text part that names nobody is "your program cannot show this".
  const told = plain.some((text) => text.includes('@')) ? plain : [...plain, ...html];
  const split = splitReturnedText(told.join('\n\n').slice(0, textMax));
  const flat = flatText(split.text);
  // Filters of a mailbox refuse mail by a receipt that says it was deleted unseen.
  const isRefusal = /automatic-action.{0,80}deleted/i.test(receipt ?? '') && speaksOfDelivery(flat);
  return {
    fields: message.fields,
    contentType: message.contentType,
    subject: decodedField(message.fields, 'subject') ?? '',
    from: decodedField(message.fields, 'from') ?? '',
    text: split.text,
    flat,
    status: isRefusal ? [...status, receipt ?? ''] : status,
    ...(feedback === undefined ? {} : { feedback }),
    returned: returned.size === 0 ? split.returned : returned,
    isReceipt: receipt !== undefined && !isRefusal,
    ...(carried === undefined ? {} : { carried }),
  };
}

const statusTypes = /^message\/(?:global-)?delivery-?status$/;
const headerTypes = /^(?:text|message)\/(?:rfc822|global)-?headers?$/;

function transferDecoded(part: MimePart): string {
  return decodeTransfer(
    part.body.slice(0, textMax * 4),
    firstField(part.fields, 'content-transfer-encoding'),
  );
}

function headerOf(body: string): HeaderFields {
  const start = body.search(/\S/);
  return start === -1 ? noFields : readHeaderFields(body, start, body.length).fields;
}

function decodedField(fields: HeaderFields, name: string): string | undefined {
  const value = firstField(fields, name);
  return value === undefined ? undefined : decodeHeaderText(value);
}
