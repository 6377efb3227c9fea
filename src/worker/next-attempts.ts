import { classOfAttempt } from './decide-next.ts';
import { describeRule } from './describe-schedule.ts';
import { scheduledWaitMs, type RetryPlan } from './retry-plan.ts';
import type { AttemptResult } from '../mail/kinds.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';

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
  readonly result?: AttemptResult;
  readonly reply?: SmtpReply;
  /** When the next one may begin, ms since 1970. */
  readonly nextAt: number;
}

/** So many times are listed; one where what follows the next attempt depends on how it ends. */
const timesMax = 6;

/** What the plan holds for a send after its latest attempt; for people, it decides nothing. */
export function nextAttempts(
  plan: RetryPlan,
  latest: LatestAttempt,
  expiresAt: number,
): NextAttempts {
  const about = classOfAttempt(latest);
  const rule = plan.rules[about];
  const most = latest.result === 'deferred' ? timesMax : 1;
  const at: number[] = [];
  let next = latest.nextAt;
  for (let number = latest.attempt + 1; next < expiresAt && at.length < most; number += 1) {
    at.push(next);
    next += scheduledWaitMs({ ...plan, jitter: 0 }, rule, number, 0);
  }
  return { rule: describeRule(plan, about), at, isCut: next < expiresAt };
}
