import { describeRule } from './describe-schedule.ts';
import { scheduleAfter, scheduledWaitMs, type RetryPlan } from './retry-plan.ts';
import type { BounceClass } from '../mail/bounce-class.ts';
import type { AttemptResult } from '../mail/kinds.ts';

/** When a send that waits is tried again, as long as it is refused in the same way. */
export interface NextAttempts {
  /** The rule it follows, as one line for people. */
  readonly rule: string;
  /** When the next attempts may begin, ms since 1970, without the jitter; those before its expiry. */
  readonly at: readonly number[];
  /** Whether there are more before its expiry. */
  readonly isCut: boolean;
}

/** The latest attempt of a send that waits. */
export interface LatestAttempt {
  /** Its number, from 1. */
  readonly attempt: number;
  readonly result: Exclude<AttemptResult, 'accepted'>;
  /** What its failure means; absent in events of older workers. */
  readonly bounce?: { readonly class: BounceClass };
  /** When the next one may begin, ms since 1970. */
  readonly nextAt: number;
}

/** So many times are listed; one where the attempt after the next is not foreseen. */
const timesMax = 6;

/** What the plan holds for a send after its latest attempt; for people, it decides nothing. */
export function nextAttempts(
  plan: RetryPlan,
  latest: LatestAttempt,
  expiresAt: number,
): NextAttempts {
  const { result, bounce, attempt } = latest;
  // Of an uncertain attempt nothing is known but that it is sent again.
  const about = result === 'uncertain' ? 'unknown' : (bounce?.class ?? 'unknown');
  const rule = plan.rules[about];
  const at: number[] = [];
  let next = latest.nextAt;
  for (let number = attempt + 1; next < expiresAt && at.length < timesMax; number += 1) {
    at.push(next);
    const again = result === 'uncertain' ? undefined : scheduleAfter(rule, result, number);
    if (again === undefined) break;
    next += scheduledWaitMs({ ...plan, jitter: 0 }, rule, again, number, 0);
  }
  return { rule: describeRule(plan, about), at, isCut: next < expiresAt };
}
