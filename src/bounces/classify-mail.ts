import { findAddresses, firstAddress } from './addresses.ts';
import type { NoticeKind, NoticeReading, RecipientNotice } from './classification.ts';
import { decidingReply } from './deciding-reply.ts';
import { classifyFinding, fixed } from './finding.ts';
import { autoReplyKind } from './formats/auto-reply.ts';
import { complaintResults, readFeedback } from './formats/feedback-report.ts';
import { findingsOfText } from './formats/free-form.ts';
import { findingsOfStatus } from './formats/rfc3464.ts';
import { readSesNotification } from './formats/ses-notification.ts';
import { readStatusGroups } from './formats/status-fields.ts';
import { firstField, type HeaderFields, noFields } from './mime/header-fields.ts';
import { readSource } from './mime/mail-source.ts';
import { type MimeMessage, readMessage } from './mime/mime-parts.ts';
import { decodedField, type Notice, readNotice } from './notice.ts';
import { isDaemon, isNoticeSubject, speaksOfDelivery } from './notice-words.ts';
import { namedRecipients } from './named-recipients.ts';
import { originalOf } from './original-mail.ts';

/**
 * Says what a mail that came back is: a DSN, a free-form bounce, a complaint, an automatic answer or
 * nothing of the kind, and what it means for each recipient. Linear in the size of the mail, of which at
 * most some 2.3 MB are looked at. Never throws, whatever the bytes.
 */
export function classifyMail(bytes: Uint8Array): NoticeReading {
  const message = readMessage(readSource(bytes));
  const outer = readNotice(message);
  return readingOf(outer, outer, 0);
}

const nestingMax = 4;

function readingOf(notice: Notice, outer: Notice, nesting: number): NoticeReading {
  const subject = decodedField(notice.fields, 'subject') ?? '';
  const from = decodedField(notice.fields, 'from') ?? '';
  const deliveredTo = deliveredToOf(outer.fields);
  const whole = (
    kind: NoticeKind,
    format: string,
    results: readonly RecipientNotice[],
    told: { feedback?: HeaderFields; status?: HeaderFields } = {},
  ): NoticeReading => ({
    kind,
    format,
    results,
    original: originalOf(notice.returned, deliveredTo, told),
    deliveredTo,
  });

  if (notice.feedback !== undefined) {
    const { fields, results } = readFeedback(notice.feedback, notice.returned);
    return whole('feedback-report', 'arf', results, { feedback: fields });
  }
  const carried = nesting < nestingMax ? innerNotice(notice.carried) : undefined;
  const status = statusOf(notice);
  if (status !== undefined) {
    const results = findingsOfStatus(status.recipients, notice, subject).map(classifyFinding);
    return whole('dsn', 'rfc3464', results, { status: status.message });
  }
  if (notice.returned.has('x-hmxmroriginalrecipient')) {
    return whole(
      'feedback-report',
      'jmrp',
      complaintResults('complaint', noFields, notice.returned),
      {
        feedback: noFields,
      },
    );
  }
  const ses = readSesNotification(notice.text);
  if (ses !== undefined) {
    const results =
      ses.kind === 'complaint'
        ? ses.findings.map(({ recipient }) => complaintOf(recipient))
        : ses.findings.map(classifyFinding);
    const { source, messageId, subject: about } = ses;
    return {
      ...whole(ses.kind === 'complaint' ? 'feedback-report' : 'dsn', 'ses', results),
      original: {
        ...(source === undefined ? {} : { returnPath: source }),
        ...(messageId === undefined ? {} : { messageId }),
        ...(about === undefined ? {} : { subject: about }),
      },
    };
  }
  const headless = notice.fields.size === 0;
  const failedRecipients = (notice.fields.get('x-failed-recipients') ?? []).flatMap((value) =>
    findAddresses(value).map(({ address }) => address),
  );
  const daemon = isDaemon(from);
  const titled = isNoticeSubject(subject);
  const nullPath = firstField(notice.fields, 'return-path') === '<>';
  const noticeLike =
    failedRecipients.length > 0 ||
    notice.contentType.reportType === 'delivery-status' ||
    (daemon && titled) ||
    ((daemon || titled || nullPath || headless) &&
      (speaksOfDelivery(notice.flat) || decidingReply(notice.text) !== undefined));
  const auto = autoReplyKind(notice.fields, subject, notice.text);
  if (auto !== undefined && !daemon && !titled) return whole(auto, auto, [answerOf(auto, from)]);
  if (carried !== undefined) return readingOf(carried, outer, nesting + 1);
  if (noticeLike) {
    const recipients = namedRecipients({
      text: notice.text,
      failedRecipients,
      returned: notice.returned,
      others: othersOf(notice),
      ...domainOf(from),
    });
    const findings = findingsOfText(notice, subject, recipients);
    return whole('free-form', 'free-form', findings.map(classifyFinding));
  }
  if (nullPath && !headless && !daemon && carried === undefined) {
    // Nobody writes with an empty return path himself.
    return whole('auto-reply', 'null-return-path', [answerOf('auto-reply', from)]);
  }
  return { kind: 'not-a-bounce', format: 'none', results: [], original: {}, deliveredTo };
}

function answerOf(kind: 'auto-reply' | 'challenge-response', from: string): RecipientNotice {
  const recipient = firstAddress(from);
  const said = fixed(kind === 'auto-reply' ? 'auto_reply' : 'challenge_response', 'none');
  return { ...said, ...(recipient === undefined ? {} : { recipient }) };
}

function complaintOf(recipient: string | undefined): RecipientNotice {
  return { ...fixed('complaint', 'none'), ...(recipient === undefined ? {} : { recipient }) };
}

/** Addresses that a bounce may name without meaning them. */
function othersOf({ fields, returned }: Notice): string[] {
  const values = [
    ...['from', 'to', 'return-path', 'delivered-to', 'reply-to', 'sender'].flatMap(
      (name) => fields.get(name) ?? [],
    ),
    ...['from', 'return-path', 'sender'].flatMap((name) => returned.get(name) ?? []),
  ];
  return values.flatMap((value) => findAddresses(value, 20).map(({ address }) => address));
}

function domainOf(from: string): { domain?: string } {
  const domain = firstAddress(from)?.split('@').at(-1)?.toLowerCase();
  return domain === undefined ? {} : { domain };
}

/** A carried mail that is a notice itself, so that the outer one only forwards it. */
function innerNotice(message: MimeMessage | undefined): Notice | undefined {
  if (message === undefined) return undefined;
  const inner = readNotice(message);
  if (inner.status.length > 0 || inner.feedback !== undefined) return inner;
  const from = decodedField(inner.fields, 'from') ?? '';
  const subject = decodedField(inner.fields, 'subject') ?? '';
  return isDaemon(from) && isNoticeSubject(subject) ? inner : undefined;
}

function statusOf(notice: Notice) {
  const told = notice.status.length > 0 ? notice.status.join('\n\n') : embeddedStatus(notice.text);
  if (told === undefined) return undefined;
  const groups = readStatusGroups(told);
  return groups.recipients.length === 0 ? undefined : groups;
}

/** Fields of a delivery status that stand in the text because the MIME around them is lost. */
function embeddedStatus(text: string): string | undefined {
  const at = text.search(/^(?:final|original)-recipient[ \t]{0,5}:/im);
  if (at === -1) return undefined;
  const start = text.lastIndexOf('\n\n', at);
  return text.slice(start === -1 ? 0 : start);
}

function deliveredToOf(fields: HeaderFields): string[] {
  const values = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'to'].flatMap(
    (name) => fields.get(name) ?? [],
  );
  return [
    ...new Set(values.flatMap((value) => findAddresses(value).map(({ address }) => address))),
  ];
}
