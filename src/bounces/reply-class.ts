import type { SmtpReply } from '../mail/smtp-reply.ts';

/*
 * What a reply that took no mail is about, as far as codes tell. Enhanced codes (RFC 3463 and the
 * IANA registry) name it where they have one meaning in practice; the subject alone (x.1 addresses,
 * x.2 mailboxes, …) does not. Two things no code tells, and a few words do: greylisting, and being
 * asked to send less. What remains is `unknown`, which follows its first digit.
 */

/** What a refusal is about. */
export type ReplyClass =
  | 'user-unknown'
  | 'mailbox-inactive'
  | 'mailbox-full'
  | 'domain-unknown'
  | 'domain-refuses-mail'
  | 'message-too-large'
  | 'extension-missing'
  | 'network-error'
  | 'remote-system-error'
  | 'remote-system-full'
  | 'greylisted'
  | 'rate-limited'
  | 'auth-failed'
  | 'login-refused'
  | 'protocol-error'
  | 'unknown';

/** All classes, for tables and documents. */
export const replyClasses: readonly ReplyClass[] = [
  'user-unknown',
  'mailbox-inactive',
  'mailbox-full',
  'domain-unknown',
  'domain-refuses-mail',
  'message-too-large',
  'extension-missing',
  'network-error',
  'remote-system-error',
  'remote-system-full',
  'greylisted',
  'rate-limited',
  'auth-failed',
  'login-refused',
  'protocol-error',
  'unknown',
];

/** By enhanced code without its first digit. */
const byEnhancedCode: Readonly<Record<string, ReplyClass>> = {
  '1.1': 'user-unknown',
  '1.2': 'domain-unknown',
  '1.3': 'user-unknown',
  '1.6': 'user-unknown',
  '1.10': 'domain-refuses-mail',
  '2.1': 'mailbox-inactive',
  '2.2': 'mailbox-full',
  '2.3': 'message-too-large',
  '3.0': 'remote-system-error',
  '3.1': 'remote-system-full',
  '3.2': 'remote-system-error',
  '3.4': 'message-too-large',
  '3.5': 'remote-system-error',
  '4.0': 'network-error',
  '4.1': 'network-error',
  '4.2': 'network-error',
  '4.3': 'network-error',
  '4.4': 'network-error',
  '4.5': 'rate-limited',
  '4.6': 'network-error',
  '5.0': 'protocol-error',
  '5.1': 'protocol-error',
  '5.2': 'protocol-error',
  '5.3': 'rate-limited',
  '5.4': 'protocol-error',
  // RFC 6531 §3.5 and RFC 3463: no SMTPUTF8, no conversion of 8-bit text.
  '6.3': 'extension-missing',
  '6.7': 'extension-missing',
  '7.23': 'auth-failed',
  '7.26': 'auth-failed',
  '7.28': 'rate-limited',
  '7.30': 'auth-failed',
  '7.32': 'auth-failed',
};

/** By reply code, where there is no enhanced code that says more (RFC 5321 §4.2.3, 4954, 7504). */
const byCode: Readonly<Record<number, ReplyClass>> = {
  432: 'login-refused',
  452: 'remote-system-full',
  454: 'login-refused',
  500: 'protocol-error',
  501: 'protocol-error',
  502: 'protocol-error',
  503: 'protocol-error',
  504: 'protocol-error',
  521: 'domain-refuses-mail',
  523: 'message-too-large',
  530: 'login-refused',
  534: 'login-refused',
  535: 'login-refused',
  538: 'login-refused',
  556: 'domain-refuses-mail',
};

/** Replies that a relay gives to us as its client, whatever its enhanced code (RFC 4954 §6). */
const loginCodes = new Set([432, 530, 534, 535, 538]);

const greylisting = /\bgr[ae]y-?list/i;
const sendLess =
  /\btoo many\b|\btoo (?:much|fast|quickly|often)\b|\brate[- ]?limit|\bthrottl|\bsending rate\b|\bexceeded\b.{0,40}\b(?:rate|quota per|limit of messages|per (?:second|minute|hour|day))/i;

/** What a reply of 4xx or 5xx is about; `unknown` for any other. Never throws. */
export function replyClassOf(reply: SmtpReply): ReplyClass {
  const { code, enhancedCode, text } = reply;
  if (code < 400) return 'unknown';
  if (loginCodes.has(code)) return 'login-refused';
  if (code < 500 && greylisting.test(text)) return 'greylisted';
  // Only what is transient: "too many hops" of a 5xx asks nobody to slow down.
  if (code < 500 && sendLess.test(text)) return 'rate-limited';
  const named = enhancedCode === undefined ? undefined : byEnhancedCode[enhancedCode.slice(2)];
  return named ?? byCode[code] ?? 'unknown';
}
