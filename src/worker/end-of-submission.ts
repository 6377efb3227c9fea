import type { BounceClassifier } from '../bounces/bounce-classifier.ts';
import { classifyAttempt, type AttemptEnd } from '../bounces/classify-attempt.ts';
import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { SubmitOutcome } from './submission.ts';

/**
 * How a submission ended and what that means, for everything that follows from it; undefined where it
 * came to no attempt.
 */
export function endOf(
  outcome: SubmitOutcome,
  classifier: BounceClassifier,
  provider: RecipientProvider | 'temperror',
): AttemptEnd | undefined {
  switch (outcome.kind) {
    case 'reply': {
      const { kind, reply, phase } = outcome;
      const isKnown = provider !== 'temperror' && provider !== 'other';
      const by = isKnown ? provider : undefined;
      return classifyAttempt({ kind, reply, phase, provider: by }, classifier);
    }
    case 'session-refused':
      return classifyAttempt(outcome, classifier);
    case 'broken': {
      const { reason, noSession, bodyBegun, mayHaveArrived } = outcome;
      const code = codeIn(reason);
      return classifyAttempt(
        {
          kind: 'no-reply',
          bodyBegun: mayHaveArrived,
          error: {
            message: reason,
            ...(code === undefined ? {} : { code }),
            ...(noSession === true ? { phase: 'connect' } : bodyBegun ? { phase: 'dot' } : {}),
          },
        },
        classifier,
      );
    }
    case 'unsendable':
    case 'interrupted':
      return undefined;
  }
}

/** Reasons begin with the code of the error they come from (connect-relay.ts). */
function codeIn(reason: string): string | undefined {
  return /^(E[A-Z_]{2,30}): /.exec(reason)?.[1];
}
