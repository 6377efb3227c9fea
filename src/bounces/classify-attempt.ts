import type { AttemptResult } from '../mail/kinds.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import { replyClassOf } from './reply-class.ts';

/** What was seen of one attempt, at the edge where the server was spoken to. */
export type AttemptEvidence =
  | {
      /** The server answered the command that decided it. */
      readonly kind: 'reply';
      readonly reply: SmtpReply;
    }
  | {
      /** The server refused the session (greeting, login) before it heard of the message. */
      readonly kind: 'session-refused';
      readonly reply: SmtpReply;
    }
  | {
      /** No answer: the connection could not be made, broke, or a time limit passed. */
      readonly kind: 'no-reply';
      /** Whether a byte of the body may have left us. */
      readonly bodyBegun: boolean;
    };

/**
 * Decides once how an attempt ended; everything later obeys.
 *
 * A reply follows its first digit: 2 accepted, 4 deferred, 5 rejected. No reply is deferred as long
 * as the body was not begun, and uncertain after that: the server may have taken the mail. A refused
 * session says nothing about the mail, nor does a relay that asks us in mid-transaction to log in
 * (530, 535: RFC 4954 §6): deferred. A 3xx where a final reply was due says nothing about the mail, so
 * it counts as no reply after the body.
 */
export function classifyAttempt(evidence: AttemptEvidence): AttemptResult {
  if (evidence.kind === 'no-reply') return evidence.bodyBegun ? 'uncertain' : 'deferred';
  if (evidence.kind === 'session-refused') return 'deferred';
  if (replyClassOf(evidence.reply) === 'login-refused') return 'deferred';
  switch (Math.floor(evidence.reply.code / 100)) {
    case 2:
      return 'accepted';
    case 4:
      return 'deferred';
    case 5:
      return 'rejected';
    default:
      return 'uncertain';
  }
}
