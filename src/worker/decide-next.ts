import type { AttemptEnd } from '../bounces/classify-attempt.ts';
import { retryHintMs } from '../bounces/retry-hint.ts';
import type { BounceClass } from '../mail/bounce-class.ts';
import type { FinalState } from '../mail/kinds.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { UncertainPolicy } from '../mail/uncertain-policy.ts';
import { durationText } from './describe-schedule.ts';
import {
  scheduleAfter,
  scheduledWaitMs,
  type ClassRule,
  type RetryPlan,
  type ScheduleName,
} from './retry-plan.ts';

/*
 * The one place that decides whether a send is tried again. How its attempt ended and what that
 * means is known already (classify-attempt.ts):
 *
 *   accepted    it ends.
 *   rejected    refused for certain. It ends, unless its class is one that time heals whatever the
 *   deferred    server's first digit was; then it waits by the schedule of its class, as it does
 *               after every deferral. Before that:
 *               1. what was refused for the policy of the From domain may pass in another mode:
 *                  once more at once;
 *               2. what was refused for want of TLS, on a connection that had none, goes once more
 *                  over one that has;
 *               3. a refusal that speaks of the relay (its address, its extensions, our login there)
 *                  rather than of the mail goes to another route, if there is one;
 *               4. two classes that are often wrong at first are tried once more.
 *               A server that names a time is obeyed: never sooner than it asks. It comes over the
 *               same route again, since greylisting remembers who asked; not where the reply speaks
 *               of the relay, or of its rate.
 *   uncertain   by policy held, or tried again with the same bytes and Message-ID, so that the
 *               receiver can tell a repetition. Every such try may be one more copy: after a few
 *               of them it is held.
 *
 * When the next time is at or past the expiry the send has expired; one that may have gone out in
 * some attempt is held instead, for a person to judge.
 */

/** What happens to a send after an attempt. */
export type NextStep =
  | { readonly kind: 'final'; readonly state: FinalState }
  | { readonly kind: 'hold'; readonly reason: string }
  | {
      readonly kind: 'retry';
      readonly at: number;
      /** Why then, for people, e.g. `greylisted: the server asks for 5 min`. */
      readonly why: string;
      /** Over the same route, if it can: greylisting remembers who asked. */
      readonly sameRoute?: true;
    }
  /** Try again at once over a route that has not refused it. */
  | { readonly kind: 'switch-route'; readonly at: number; readonly why: string }
  /** Try again at once, masked in the mode that passes where the From domain's policy forbids this one. */
  | { readonly kind: 'mask-again'; readonly at: number };

/** What {@link decideNext} looks at. */
export interface AttemptOutcome extends Pick<AttemptEnd, 'result'> {
  /** What the refusal is about, where it is not the mail as such. */
  readonly about?: AttemptEnd['about'] | undefined;
  /** What its failure means; of an accepted one it is not looked at. */
  readonly bounce?: { readonly class: BounceClass } | undefined;
  /** What the server answered; absent: it did not. */
  readonly reply?: SmtpReply | undefined;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** When it ended, ms since 1970. */
  readonly now: number;
  /** No attempt from this time on, ms since 1970. */
  readonly expiresAt: number;
  /** Whether it was refused for the policy of its From domain, in a mode that another can replace. */
  readonly mayMaskAgain: boolean;
  /** Whether its route can be asked once more over TLS, and was asked without; default false. */
  readonly mayDemandTls?: boolean | undefined;
  /** Whether a route that it has not been tried on takes mail now; default false. */
  readonly otherRoute?: boolean | undefined;
  /** What follows an uncertain attempt: the send's own wish, else its route's; default `resend`. */
  readonly uncertainPolicy?: UncertainPolicy | undefined;
  /** How many earlier attempts were uncertain; default 0. */
  readonly uncertainBefore?: number;
}

/**
 * Decides what follows an attempt; pure.
 *
 * @param random a number in [0, 1) for the jitter
 */
export function decideNext(outcome: AttemptOutcome, plan: RetryPlan, random: number): NextStep {
  const { result, now, expiresAt } = outcome;
  if (outcome.mayMaskAgain && (result === 'rejected' || result === 'deferred') && now < expiresAt) {
    return { kind: 'mask-again', at: now };
  }
  switch (result) {
    case 'accepted':
      return { kind: 'final', state: 'accepted' };
    case 'rejected':
    case 'deferred':
      return afterRefusal(outcome, result, plan, random);
    case 'uncertain':
      return afterUncertain(outcome, plan, random);
  }
}

function afterRefusal(
  outcome: AttemptOutcome,
  result: 'rejected' | 'deferred',
  plan: RetryPlan,
  random: number,
): NextStep {
  const { attempt, now, expiresAt } = outcome;
  const about = classOf(outcome);
  const rule = plan.rules[about];
  if (outcome.mayDemandTls === true && now < expiresAt) {
    return { kind: 'retry', at: now, why: `${about}: once more over TLS`, sameRoute: true };
  }
  if (mayGoElsewhere(outcome, rule)) {
    return { kind: 'switch-route', at: now, why: `${about}: another route may take it` };
  }
  const schedule = scheduleAfter(rule, result, attempt);
  if (schedule === undefined) return { kind: 'final', state: 'rejected' };
  const next = wait(outcome, plan, about, schedule, random);
  if (next.at < expiresAt) return staysOnRoute(rule, about) ? { ...next, sameRoute: true } : next;
  // Refused for good; there is only no time to ask once more.
  if (result === 'rejected' && rule.rejected === 'none')
    return { kind: 'final', state: 'rejected' };
  if ((outcome.uncertainBefore ?? 0) === 0) return { kind: 'final', state: 'expired' };
  return {
    kind: 'hold',
    reason: 'an earlier attempt is uncertain and the time to send is over',
  };
}

function afterUncertain(outcome: AttemptOutcome, plan: RetryPlan, random: number): NextStep {
  if (outcome.uncertainPolicy === 'hold') {
    return { kind: 'hold', reason: 'the attempt is uncertain, and the policy is to hold' };
  }
  const times = (outcome.uncertainBefore ?? 0) + 1;
  if (times >= plan.uncertainMax) {
    return { kind: 'hold', reason: `${times} attempts are uncertain: each may have arrived` };
  }
  // Whatever broke the connection, nothing is known of the mail.
  const next = wait(outcome, plan, 'unknown', plan.rules.unknown.deferred, random);
  if (next.at < outcome.expiresAt) return { ...next, why: 'the attempt is uncertain: sent again' };
  return { kind: 'hold', reason: 'the last attempt is uncertain and the time to send is over' };
}

function classOf({ bounce }: AttemptOutcome): BounceClass {
  return bounce?.class ?? 'unknown';
}

function mayGoElsewhere(outcome: AttemptOutcome, rule: ClassRule): boolean {
  const { otherRoute = false, now, expiresAt, about } = outcome;
  return (rule.elsewhere === true || about !== undefined) && otherRoute && now < expiresAt;
}

/** Whether what was refused for now should come the same way again. */
function staysOnRoute(rule: ClassRule, about: BounceClass): boolean {
  return rule.elsewhere !== true && about !== 'rate_limited';
}

function wait(
  outcome: AttemptOutcome,
  plan: RetryPlan,
  about: BounceClass,
  schedule: ScheduleName,
  random: number,
): Extract<NextStep, { kind: 'retry' }> {
  const { attempt, now, reply } = outcome;
  const rule = plan.rules[about];
  const plannedMs = scheduledWaitMs(plan, rule, schedule, attempt, random);
  const askedMs = reply === undefined ? undefined : retryHintMs(reply);
  if (askedMs === undefined || (askedMs < plannedMs && rule.asAsked !== true)) {
    const why = `${about}: schedule ${schedule}, after attempt ${attempt}`;
    return { kind: 'retry', at: now + plannedMs, why };
  }
  // Later by a little, never sooner: those who were asked together should not come back together.
  const spreadMs = Math.round(Math.min(askedMs / 10, 60_000) * random);
  const why = `${about}: the server asks for ${durationText(askedMs)}`;
  return { kind: 'retry', at: now + askedMs + spreadMs, why };
}
