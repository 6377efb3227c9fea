/**
 * Mails that come back, in our own words: bounces (RFC 3464), complaints (RFC 5965), automatic
 * replies, each about one mail of ours.
 */
import type { EmailAddress } from '../../src/mail/address.ts';
import { messageIdFromKey, sendIdOf, type MessageId, type SendId } from '../../src/mail/ids.ts';
import type { Keyring } from '../../src/mail/keyring.ts';
import { formatMessageReference } from '../../src/mail/message-reference.ts';
import { formatReturnPath } from '../../src/mail/return-path.ts';

/** Where bounces go. */
const bounceHost = 'bounce.crm.example';

/** A mail of ours as far as notices show it. */
export interface SentMail {
  readonly sendId: SendId;
  readonly messageId: MessageId;
  readonly recipient: string;
  readonly returnPath: EmailAddress;
  /** Its header as a relay returns it. */
  readonly header: readonly string[];
}

/** The mail of a message key (see `outcome`) to a recipient, as it left us at `sentAt`. */
export function sentMail(
  keyring: Keyring,
  messageKey: string,
  recipient: string,
  sentAt = Date.now(),
): SentMail {
  const messageId = messageIdFromKey('default', messageKey);
  const sendId = sendIdOf(messageId, recipient);
  const returnPath = formatReturnPath(keyring, sendId, sentAt, bounceHost);
  return {
    sendId,
    messageId,
    recipient,
    returnPath,
    header: [
      `Return-Path: <${returnPath}>`,
      'From: Jane Roe <jane@acme.example>',
      `To: ${recipient}`,
      'Subject: Your offer',
      `Message-ID: <${messageId}@crm.example>`,
      `X-Onbehalf-Ref: ${formatMessageReference(keyring, messageId)}`,
    ],
  };
}

/** The same mail as a relay returns it that shows neither Message-ID nor our own fields. */
export function withoutOurFields(mail: SentMail): SentMail {
  const header = mail.header.filter((line) => /^(?:From|To|Subject):/.test(line));
  return { ...mail, header };
}

/** What a bounce says of one recipient. */
export interface ReportedRecipient {
  /** Default: that of the mail. */
  readonly original?: string;
  readonly final?: string;
  /** Default `failed`. */
  readonly action?: string;
  /** Default `5.1.1`. */
  readonly status?: string;
  /** Default: 550 of mx.client.example, who knows no such user. */
  readonly diagnostic?: string;
  /** Default `mx.client.example`; `null` for none. */
  readonly remoteMta?: string | null;
}

/** What a bounce says beside its recipients. */
export interface ReportParts {
  /** Where it goes; default: the return path. */
  readonly to?: string;
  readonly envelopeId?: string;
  readonly recipients?: readonly ReportedRecipient[];
  /** Appended to what is returned. */
  readonly returnedBody?: string;
  /** Tells two reports apart. */
  readonly number?: number;
}

/** The bytes of a delivery status notification about a mail. */
export function bounceOf(mail: SentMail, parts: ReportParts = {}): Buffer {
  const { to = mail.returnPath, recipients = [{}], number = 1 } = parts;
  const groups = recipients.map((each) => {
    const { original = mail.recipient, final = original, remoteMta = 'mx.client.example' } = each;
    return [
      `Original-Recipient: rfc822; ${original}`,
      `Final-Recipient: rfc822; ${final}`,
      `Action: ${each.action ?? 'failed'}`,
      `Status: ${each.status ?? '5.1.1'}`,
      ...(remoteMta === null ? [] : [`Remote-MTA: dns; ${remoteMta}`]),
      `Diagnostic-Code: smtp; ${each.diagnostic ?? '550 5.1.1 No such user here'}`,
      '',
    ];
  });
  return crlf([
    'From: Mail Delivery System <MAILER-DAEMON@relay.example>',
    `To: <${to}>`,
    'Subject: Your mail could not be handed over',
    'Date: Mon, 23 Nov 2026 08:30:15 +0000',
    `Message-ID: <report-${number}-${mail.sendId}@relay.example>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain',
    '',
    'The relay writes: this mail did not get through. What the other server said is below.',
    '',
    '--part',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; relay.example',
    ...(parts.envelopeId === undefined ? [] : [`Original-Envelope-Id: ${parts.envelopeId}`]),
    '',
    ...groups.flat(),
    '--part',
    'Content-Type: message/rfc822',
    '',
    ...mail.header,
    '',
    parts.returnedBody ?? 'Here is your offer.',
    '--part--',
    '',
  ]);
}

/** The bytes of a complaint about a mail, as a feedback loop writes it. */
export function complaintOf(mail: SentMail, to = 'complaints@crm.example'): Buffer {
  return crlf([
    'From: Feedback Loop <fbl@bigmail.example>',
    `To: <${to}>`,
    'Subject: One of our users reported a mail of yours',
    'Date: Mon, 23 Nov 2026 09:00:00 +0000',
    `Message-ID: <complaint-${mail.sendId}@bigmail.example>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain',
    '',
    'A user of ours has marked the mail below as unwanted.',
    '',
    '--part',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: BigMail-Loop/2.0',
    'Version: 1',
    `Original-Mail-From: <${mail.returnPath}>`,
    `Original-Rcpt-To: <${mail.recipient}>`,
    '',
    '--part',
    'Content-Type: message/rfc822',
    '',
    ...mail.header,
    '',
    'Here is your offer.',
    '--part--',
    '',
  ]);
}

/** The bytes of an automatic reply to a mail. */
export function autoReplyOf(mail: SentMail): Buffer {
  return crlf([
    `From: ${mail.recipient}`,
    `To: <${mail.returnPath}>`,
    'Subject: Out of office: Your offer',
    'Date: Mon, 23 Nov 2026 08:30:15 +0000',
    `Message-ID: <away-${mail.sendId}@client.example>`,
    `In-Reply-To: <${mail.messageId}@crm.example>`,
    'Auto-Submitted: auto-replied',
    '',
    'I am back on Thursday.',
    '',
  ]);
}

/** A return path of the right form that none of our keys has made. */
export function forgedReturnPath(number: number): string {
  const sendId = sendIdOf(messageIdFromKey('forged', String(number)), 'x@y.example');
  const other: Keyring = { current: 'a', keys: { a: Buffer.alloc(32, 99) } };
  return formatReturnPath(other, sendId, Date.now(), bounceHost);
}

function crlf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'));
}
