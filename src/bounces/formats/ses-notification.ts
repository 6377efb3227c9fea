import type { BounceAction } from '../../mail/bounce-class.ts';
import { decidingReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';

/*
 * Notifications of Amazon SES, which its notification service also sends as mail: JSON, often inside a
 * string of JSON, with a footer behind it.
 */

/** What a notification is about. */
export interface SesReading {
  readonly kind: 'bounce' | 'complaint' | 'delivery';
  readonly findings: readonly Finding[];
  /** Of the mail, as the notification names them. */
  readonly source?: string;
  readonly messageId?: string;
  readonly subject?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads a notification out of the text of a mail; undefined where there is none. */
export function readSesNotification(text: string): SesReading | undefined {
  const open = text.indexOf('{');
  const close = text.lastIndexOf('}');
  if (open === -1 || open > 200 || !/notificationType|eventType/.test(text)) return undefined;
  // Relays that keep lines short cut them with an exclamation mark.
  const outer = parsed(text.slice(open, close + 1).replace(/!\n ?/g, ''));
  const body =
    outer === undefined
      ? undefined
      : typeof outer['Message'] === 'string'
        ? parsed(outer['Message'])
        : outer;
  const type = stringOf(body, 'notificationType') ?? stringOf(body, 'eventType');
  if (body === undefined || type === undefined) return undefined;
  const mail = objectOf(body, 'mail');
  const common = objectOf(mail, 'commonHeaders');
  const about = {
    source: stringOf(mail, 'source'),
    messageId: stringOf(common, 'messageId'),
    subject: stringOf(common, 'subject'),
  };
  const told = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
  switch (type.toLowerCase()) {
    case 'bounce': {
      const bounce = objectOf(body, 'bounce');
      const findings = listOf(bounce, 'bouncedRecipients').map((each) => bounced(each, bounce));
      return { kind: 'bounce', findings, ...told };
    }
    case 'complaint': {
      const recipients = listOf(objectOf(body, 'complaint'), 'complainedRecipients');
      const findings = recipients.map((each) => plain(stringOf(each, 'emailAddress'), 'none'));
      return { kind: 'complaint', findings, ...told };
    }
    case 'delivery': {
      const recipients = objectOf(body, 'delivery')?.['recipients'];
      const addresses = Array.isArray(recipients) ? recipients.slice(0, 1_000) : [];
      const findings = addresses.map((each) => plain(String(each), 'delivered'));
      return { kind: 'delivery', findings, ...told };
    }
    default:
      return undefined;
  }
}

function bounced(each: Json, bounce: Json | undefined): Finding {
  const diagnostic =
    stringOf(each, 'diagnosticCode')
      ?.replace(/^[\w-]{1,20};/, '')
      .trim() ?? '';
  const reply = decidingReply(diagnostic);
  const status = stringOf(each, 'status');
  const enhancedCode =
    reply?.enhancedCode ?? (/^[45]\.\d{1,3}\.\d{1,3}$/.test(status ?? '') ? status : undefined);
  const subType = stringOf(bounce, 'bounceSubType') ?? '';
  return {
    ...plain(
      stringOf(each, 'emailAddress'),
      stringOf(each, 'action') === 'delayed' ? 'delayed' : 'failed',
    ),
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    ...(diagnostic === '' ? {} : { diagnostic }),
    texts: [reply?.text ?? '', diagnostic, words.get(subType) ?? ''].filter((text) => text !== ''),
  };
}

// Only where the answer itself is not quoted.
const words = new Map([
  ['NoEmail', 'user unknown'],
  ['Suppressed', 'recipient is on the suppression list'],
  ['OnAccountSuppressionList', 'recipient is on the suppression list'],
  ['MailboxFull', 'mailbox full'],
  ['MessageTooLarge', 'message too large'],
  ['ContentRejected', 'message content rejected'],
  ['AttachmentRejected', 'attachment rejected'],
]);

function plain(recipient: string | undefined, action: BounceAction): Finding {
  return { ...(recipient === undefined ? {} : { recipient }), action, texts: [] };
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function objectOf(parent: Json | undefined, name: string): Json | undefined {
  const value = parent?.[name];
  return isObject(value) ? value : undefined;
}

function listOf(parent: Json | undefined, name: string): Json[] {
  const value = parent?.[name];
  return Array.isArray(value) ? value.slice(0, 1_000).filter(isObject) : [];
}

function stringOf(parent: Json | undefined, name: string): string | undefined {
  const value = parent?.[name];
  return typeof value === 'string' ? value : undefined;
}
