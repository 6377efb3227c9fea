import { backoffMs, type BackoffPlan } from '../runtime/backoff.ts';
import type { AttemptResult, FinalState } from '../mail/kinds.ts';

/** What happens to a send after an attempt. */
export type NextStep =
  | { readonly kind: 'final'; readonly state: FinalState }
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'retry'; readonly at: number }
  /** Try again at once, masked in the mode that passes where the From domain's policy forbids this one. */
  | { readonly kind: 'mask-again'; readonly at: number };

/** What {@link decideNext} looks at. */
export interface AttemptOutcome {
  readonly result: AttemptResult;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** When it ended, ms since 1970. */
  readonly now: number;
  /** No attempt from this time on, ms since 1970. */
  readonly expiresAt: number;
  /** Whether it was refused for the policy of its From domain, in a mode that another can replace. */
  readonly mayMaskAgain: boolean;
}

/**
 * The one place that decides whether a send is tried again.
 *
 * Accepted and rejected end it, with one exception: a refusal for the policy of the From domain is
 * certain (nothing was taken), and the mail may pass in another mode, so it is tried once more at once. Deferred and uncertain are tried again after the backoff, an
 * uncertain one with the same bytes and Message-ID, so that the receiver can tell a repetition. When
 * that time is past the expiry, a deferred send has expired; an uncertain one may have gone out,
 * which is for a person to judge: it is held.
 *
 * @param random a number in [0, 1) for the jitter
 */
export function decideNext(outcome: AttemptOutcome, plan: BackoffPlan, random: number): NextStep {
  const { result, attempt, now, expiresAt } = outcome;
  if (outcome.mayMaskAgain && result !== 'accepted' && result !== 'uncertain' && now < expiresAt) {
    return { kind: 'mask-again', at: now };
  }
  switch (result) {
    case 'accepted':
    case 'rejected':
      return { kind: 'final', state: result };
    case 'deferred':
    case 'uncertain': {
      const at = now + backoffMs(plan, attempt, random);
      if (at < expiresAt) return { kind: 'retry', at };
      if (result === 'deferred') return { kind: 'final', state: 'expired' };
      return { kind: 'hold', reason: 'the last attempt is uncertain and the time to send is over' };
    }
  }
}
