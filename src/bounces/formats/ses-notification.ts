import type { BounceAction, BounceClass } from '../../mail/bounce-class.ts';
import { decidingReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import type { Notice, ReadNotice } from '../notice.ts';
import type { ToldOfOriginal } from '../original-mail.ts';

/*
 * Notifications of Amazon SES, which its notification service also sends as mail: JSON, often inside a
 * string of JSON, with a footer behind it.
 */

const listMax = 1_000;

type Json = Readonly<Record<string, unknown>>;

/** Reads a notification in the text of a mail. */
export function readSesNotification({ text }: Notice): ReadNotice | undefined {
  const open = text.indexOf('{');
  if (open === -1 || open > 200 || !/notificationType|eventType/.test(text)) return undefined;
  // Relays that keep lines short cut them with an exclamation mark.
  const outer = parsed(text.slice(open, text.lastIndexOf('}') + 1).replace(/!\n ?/g, ''));
  const inside = outer?.['Message'];
  const body = typeof inside === 'string' ? parsed(inside) : outer;
  const type = stringOf(body, 'notificationType') ?? stringOf(body, 'eventType');
  const findings = findingsOf(type?.toLowerCase() ?? '', body);
  if (findings === undefined || findings.length === 0) return undefined;
  const isComplaint = type?.toLowerCase() === 'complaint';
  return {
    kind: isComplaint ? 'feedback-report' : 'dsn',
    format: 'ses',
    findings,
    told: toldOf(objectOf(body, 'mail')),
  };
}

function findingsOf(type: string, body: Json | undefined): readonly Finding[] | undefined {
  switch (type) {
    case 'bounce': {
      const bounce = objectOf(body, 'bounce');
      return listOf(bounce, 'bouncedRecipients').map((each) => bounced(each, bounce));
    }
    case 'complaint':
      return listOf(objectOf(body, 'complaint'), 'complainedRecipients').map((each) =>
        plain(stringOf(each, 'emailAddress'), 'none', 'complaint'),
      );
    case 'delivery': {
      const recipients = objectOf(body, 'delivery')?.['recipients'];
      const addresses: unknown[] = Array.isArray(recipients) ? recipients.slice(0, listMax) : [];
      return addresses.map((each) => plain(String(each), 'delivered', 'delivered'));
    }
    default:
      return undefined;
  }
}

function toldOf(mail: Json | undefined): ToldOfOriginal {
  const common = objectOf(mail, 'commonHeaders');
  const returnPath = stringOf(mail, 'source');
  const messageId = stringOf(common, 'messageId');
  const subject = stringOf(common, 'subject');
  return {
    ...(returnPath === undefined ? {} : { returnPath }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(subject === undefined ? {} : { subject }),
  };
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

function plain(
  recipient: string | undefined,
  action: BounceAction,
  verdict?: BounceClass,
): Finding {
  return {
    ...(recipient === undefined ? {} : { recipient }),
    action,
    ...(verdict === undefined ? {} : { verdict }),
  };
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
  return Array.isArray(value) ? value.slice(0, listMax).filter(isObject) : [];
}

function stringOf(parent: Json | undefined, name: string): string | undefined {
  const value = parent?.[name];
  return typeof value === 'string' ? value : undefined;
}
