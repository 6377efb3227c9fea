import type { AttemptEnd } from '../bounces/classify-attempt.ts';
import { formatSmtpReply } from '../mail/smtp-reply.ts';
import type { SubmitOutcome } from './submission.ts';

/** What the end of a submission says about the relay, as opposed to the mail. */
export type RouteEvidence =
  | { readonly kind: 'works' }
  | { readonly kind: 'fails'; readonly reason: string }
  /** Nothing: it was not asked. */
  | { readonly kind: 'nothing' };

/**
 * What a submission says about the relay. Any answer to the mail shows that it works, a refusal like
 * an acceptance; except when it closes down, or wants a login that it did not want before. Sessions
 * that are refused, cut or silent show that it does not.
 *
 * @param end what was made of it, where it came to an answer
 */
export function evidenceOf(
  outcome: SubmitOutcome,
  end?: Pick<AttemptEnd, 'bounce' | 'about'>,
): RouteEvidence {
  switch (outcome.kind) {
    case 'reply': {
      const { reply } = outcome;
      const about = end?.bounce?.class ?? 'unknown';
      const leaves = reply.code === 421 && (about === 'remote_system_error' || about === 'unknown');
      if (!leaves && end?.about !== 'session') return { kind: 'works' };
      return { kind: 'fails', reason: formatSmtpReply(reply) };
    }
    case 'session-refused':
      return { kind: 'fails', reason: formatSmtpReply(outcome.reply) };
    case 'broken':
      return { kind: 'fails', reason: outcome.reason };
    case 'unsendable':
    case 'interrupted':
      return { kind: 'nothing' };
  }
}

/**
 * Whether the relay was out of order before it heard of the mail: no attempt is counted then, and
 * the next route takes over. A connection that breaks in the middle of a transaction does count: it
 * may be this mail that breaks it.
 */
export function wasOutOfOrder(outcome: SubmitOutcome): boolean {
  return (
    outcome.kind === 'session-refused' || (outcome.kind === 'broken' && outcome.noSession === true)
  );
}
