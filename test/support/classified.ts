import { classifyAttempt, type AttemptEnd } from '../../src/bounces/classify-attempt.ts';
import { classifyError, classifyReply } from '../../src/bounces/classify-reply.ts';
import type { SmtpPhase } from '../../src/bounces/classification.ts';
import type { BounceClass } from '../../src/mail/bounce-class.ts';
import { parseSmtpReply, type SmtpReply } from '../../src/mail/smtp-reply.ts';

/** The rules that come with Onbehalf. */
export const plainClassifier = { classifyReply, classifyError };

/** A reply as it stands on the wire. */
export function smtpReply(text: string): SmtpReply {
  const reply = parseSmtpReply(text);
  if (reply === undefined) throw new Error(`no reply: ${text}`);
  return reply;
}

/** How an attempt ends with a reply, with what a worker makes of it. */
export function endWith(
  text: string,
  phase?: SmtpPhase,
): AttemptEnd & { readonly reply: SmtpReply } {
  const reply = smtpReply(text);
  return { reply, ...classifyAttempt({ kind: 'reply', reply, phase }, plainClassifier) };
}

/** The class of a reply. */
export function classOf(text: string): BounceClass {
  return endWith(text).bounce?.class ?? 'unknown';
}
