import { findAddresses } from './addresses.ts';
import type { NoticeReading } from './classification.ts';
import { classifyReply } from './classify-reply.ts';
import { classifyFinding, type ClassifyReply } from './finding.ts';
import { readAnswer } from './formats/answer.ts';
import { readFeedbackReport } from './formats/feedback-report.ts';
import { readFreeForm } from './formats/free-form.ts';
import { readStatusReport } from './formats/rfc3464.ts';
import { readSesNotification } from './formats/ses-notification.ts';
import type { HeaderFields } from './mime/header-fields.ts';
import { readSource } from './mime/mail-source.ts';
import { type MimeMessage, readMessage } from './mime/mime-parts.ts';
import { type Notice, type NoticeReader, readNotice } from './notice.ts';
import { isDaemon, isNoticeSubject } from './notice-words.ts';
import { originalOf } from './original-mail.ts';

/**
 * Says what a mail that came back is: a DSN, a free-form bounce, a complaint, an automatic answer or
 * nothing of the kind, and what it means for each recipient. Linear in the size of the mail, of which at
 * most some 2.3 MB are looked at. Never throws, whatever the bytes.
 *
 * @param classify what says what a quoted reply means; default: our own rules
 */
export function classifyMail(
  bytes: Uint8Array,
  classify: ClassifyReply = classifyReply,
): NoticeReading {
  const message = readMessage(readSource(bytes));
  return readingOf(
    readNotice(message),
    { deliveredTo: deliveredToOf(message.fields), classify },
    0,
  );
}

const nestingMax = 4;

/** The most certain first; a mail that only forwards a notice is asked before its own text is. */
const certain: readonly NoticeReader[] = [
  readFeedbackReport,
  readStatusReport,
  readSesNotification,
  readAnswer,
];

interface Given {
  readonly deliveredTo: readonly string[];
  readonly classify: ClassifyReply;
}

function readingOf(notice: Notice, given: Given, nesting: number): NoticeReading {
  if (notice.isReceipt) return nothing(given);
  for (const reader of certain) {
    const reading = whole(reader, notice, given);
    if (reading !== undefined) return reading;
  }
  const inner = nesting < nestingMax ? innerNotice(notice.carried) : undefined;
  if (inner !== undefined) return readingOf(inner, given, nesting + 1);
  return whole(readFreeForm, notice, given) ?? nothing(given);
}

function nothing({ deliveredTo }: Given): NoticeReading {
  return { kind: 'not-a-bounce', format: 'none', results: [], original: {}, deliveredTo };
}

function whole(
  reader: NoticeReader,
  notice: Notice,
  { deliveredTo, classify }: Given,
): NoticeReading | undefined {
  const read = reader(notice);
  if (read === undefined) return undefined;
  const { kind, format, findings, told = {} } = read;
  const results = findings.map((finding) => classifyFinding(finding, classify));
  const original = originalOf(notice.returned, deliveredTo, told, kind);
  return { kind, format, results, original, deliveredTo };
}

/** A carried mail that is a notice itself, so that the outer one only forwards it. */
function innerNotice(message: MimeMessage | undefined): Notice | undefined {
  if (message === undefined) return undefined;
  const inner = readNotice(message);
  if (inner.status.length > 0 || inner.feedback !== undefined) return inner;
  return isDaemon(inner.from) && isNoticeSubject(inner.subject) ? inner : undefined;
}

const traces = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'to'];

function deliveredToOf(fields: HeaderFields): string[] {
  const found = traces
    .flatMap((name) => fields.get(name) ?? [])
    .flatMap((value) => findAddresses(value, 50).map(({ address }) => address));
  return [...new Set(found)];
}
