import { replyClassOf, type ReplyClass } from '../bounces/reply-class.ts';
import { retryHintMs } from '../bounces/retry-hint.ts';
import type { AttemptResult, FinalState } from '../mail/kinds.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { UncertainPolicy } from '../mail/uncertain-policy.ts';
import { durationText } from './describe-schedule.ts';
import { scheduledWaitMs, type ClassRule, type RetryPlan } from './retry-plan.ts';

/*
 * The one place that decides whether a send is tried again:
 *
 *   accepted    it ends.
 *   rejected    it ends, with three exceptions. A refusal for the policy of the From domain is
 *               certain (nothing was taken) and the mail may pass in another mode: once more at
 *               once. A refusal that speaks of the relay rather than of the mail (too large for it)
 *               goes to another route, if there is one. Two classes that are often wrong at first
 *               are tried once more.
 *   deferred    over another route at once, where the reply speaks of the relay and there is one;
 *               else after the wait of its class. A server that names a time is obeyed: never
 *               sooner than it asks. It comes over the same route again, since greylisting remembers
 *               who asked; not where the reply speaks of the relay, or of its rate.
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
export interface AttemptOutcome {
  readonly result: AttemptResult;
  /** What the server answered; absent: it did not. */
  readonly reply?: SmtpReply;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** When it ended, ms since 1970. */
  readonly now: number;
  /** No attempt from this time on, ms since 1970. */
  readonly expiresAt: number;
  /** Whether it was refused for the policy of its From domain, in a mode that another can replace. */
  readonly mayMaskAgain: boolean;
  /** Whether a route that it has not been tried on takes mail now; default false. */
  readonly otherRoute?: boolean;
  /** What follows an uncertain attempt: the send's own wish, else its route's; default `resend`. */
  readonly uncertainPolicy?: UncertainPolicy;
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
      return afterRejected(outcome, plan, random);
    case 'deferred':
      return afterDeferred(outcome, plan, random);
    case 'uncertain':
      return afterUncertain(outcome, plan, random);
  }
}

function afterRejected(outcome: AttemptOutcome, plan: RetryPlan, random: number): NextStep {
  const about = classOfAttempt(outcome);
  const rule = plan.rules[about];
  if (mayGoElsewhere(outcome, rule)) return elsewhere(outcome, about);
  if (rule.onceMore === true && outcome.attempt === 1) {
    const next = wait(outcome, plan, about, random);
    if (next.at < outcome.expiresAt) return next;
  }
  return { kind: 'final', state: 'rejected' };
}

function afterDeferred(outcome: AttemptOutcome, plan: RetryPlan, random: number): NextStep {
  const about = classOfAttempt(outcome);
  if (mayGoElsewhere(outcome, plan.rules[about])) return elsewhere(outcome, about);
  const next = wait(outcome, plan, about, random);
  if (next.at < outcome.expiresAt) {
    return staysOnRoute(plan, about) ? { ...next, sameRoute: true } : next;
  }
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
  const next = wait(outcome, plan, classOfAttempt(outcome), random);
  if (next.at < outcome.expiresAt) return { ...next, why: 'the attempt is uncertain: sent again' };
  return { kind: 'hold', reason: 'the last attempt is uncertain and the time to send is over' };
}

/**
 * What an attempt that did not succeed was about. Without a reply the connection failed, which says
 * nothing of the mail; after an uncertain one nothing is known.
 */
export function classOfAttempt(ended: {
  readonly result?: AttemptResult;
  readonly reply?: SmtpReply;
}): ReplyClass {
  if (ended.result === 'uncertain') return 'unknown';
  return ended.reply === undefined ? 'network-error' : replyClassOf(ended.reply);
}

function mayGoElsewhere(outcome: AttemptOutcome, rule: ClassRule): boolean {
  const { otherRoute = false, now, expiresAt } = outcome;
  return rule.elsewhere === true && otherRoute && now < expiresAt;
}

/** Whether what was refused for now should come the same way again. */
function staysOnRoute({ rules }: RetryPlan, about: ReplyClass): boolean {
  return rules[about].elsewhere !== true && about !== 'rate-limited';
}

function elsewhere({ now }: AttemptOutcome, about: ReplyClass): NextStep {
  return { kind: 'switch-route', at: now, why: `${about}: another route may take it` };
}

function wait(
  outcome: AttemptOutcome,
  plan: RetryPlan,
  about: ReplyClass,
  random: number,
): Extract<NextStep, { kind: 'retry' }> {
  const { attempt, now, reply } = outcome;
  const rule = plan.rules[about];
  const plannedMs = scheduledWaitMs(plan, rule, attempt, random);
  const askedMs = reply === undefined ? undefined : retryHintMs(reply);
  if (askedMs === undefined || (askedMs < plannedMs && rule.asAsked !== true)) {
    const why = `${about}: schedule ${rule.schedule}, after attempt ${attempt}`;
    return { kind: 'retry', at: now + plannedMs, why };
  }
  // Later by a little, never sooner: those who were asked together should not come back together.
  const spreadMs = Math.round(Math.min(askedMs / 10, 60_000) * random);
  const why = `${about}: the server asks for ${durationText(askedMs)}`;
  return { kind: 'retry', at: now + askedMs + spreadMs, why };
}
