import type { AttemptEnd } from '../bounces/classify-attempt.ts';
import type { Classification } from '../bounces/classification.ts';
import type { AttemptResult, SendState } from '../mail/kinds.ts';
import { eventOfSend } from '../queue/event-of-send.ts';
import type { EventBounce, OutcomeEvent } from '../queue/outcome-event.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { LedgerEntry } from '../queue/ledger.ts';
import type { SendJob } from '../queue/send-job.ts';
import { decideNext, type AttemptOutcome, type NextStep } from './decide-next.ts';
import type { Disposition, SendContext } from './send-context.ts';

/** When another worker has our attempt we look again after this time, in milliseconds. */
export const takenRetryMs = 5_000;

/** What an event says besides what every event says, and what else is told of its attempt. */
export type EventDetails = {
  readonly [Name in 'from' | 'mode' | 'modeRow' | 'route' | 'reply' | 'reason' | 'tookMs']?:
    OutcomeEvent[Name] | undefined;
} & {
  /** What its failure means. */
  readonly bounce?: Classification | undefined;
  /** Whether its body was begun; default no. */
  readonly begun?: boolean;
  /** Facts of its message that are not kept yet. */
  readonly toFreeze?: FrozenFacts | undefined;
  /** Whether it may have arrived in an earlier attempt; kept with an end that is none of an attempt. */
  readonly mayHaveArrived?: boolean;
};

/** What the decision about an attempt depends on besides its result. */
export type AttemptSurroundings = Pick<
  AttemptOutcome,
  'mayMaskAgain' | 'mayDemandTls' | 'otherRoute' | 'uncertainPolicy'
>;

/** Records the end of an attempt, and what follows from it. */
export async function endAttempt(
  context: SendContext,
  job: SendJob,
  entry: LedgerEntry,
  attempt: number,
  about: EventDetails,
  end: AttemptEnd,
  surroundings: AttemptSurroundings,
): Promise<{ readonly next: NextStep; readonly disposition: Disposition }> {
  // Field by field, here and below: an object made of others costs more than all that is in it.
  const next = decideNext(
    {
      result: end.result,
      about: end.about,
      bounce: end.bounce,
      reply: about.reply,
      attempt,
      now: context.clock.now(),
      expiresAt: job.expiresAt,
      uncertainBefore: entry.uncertainCount ?? 0,
      mayMaskAgain: surroundings.mayMaskAgain,
      mayDemandTls: surroundings.mayDemandTls,
      otherRoute: surroundings.otherRoute,
      uncertainPolicy: surroundings.uncertainPolicy,
    },
    context.retry,
    context.random(),
  );
  const details = { ...about, result: end.result, bounce: end.bounce };
  return { next, disposition: await recordStep(context, job, attempt, details, next) };
}

async function recordStep(
  context: SendContext,
  job: SendJob,
  attempt: number,
  details: EventDetails & { readonly result: AttemptResult },
  next: NextStep,
): Promise<Disposition> {
  switch (next.kind) {
    case 'final':
      return record(context, job, attempt, next.state, details);
    case 'hold':
      return record(context, job, attempt, 'held', { ...details, reason: next.reason });
    case 'switch-route':
    case 'retry': {
      const reason = details.reason ?? next.why;
      const again = { at: next.at, sameRoute: next.kind === 'retry' && next.sameRoute === true };
      return record(context, job, attempt, 'waiting', { ...details, reason }, again);
    }
    case 'mask-again': {
      const reason = 'refused by policy; once more with a rewritten From';
      const again = { at: next.at, masksAgain: true };
      return record(context, job, attempt, 'waiting', { ...details, reason }, again);
    }
  }
}

/** Writes the ledger and the event of an attempt, or of an end without one, and says what becomes of the job. */
export async function record(
  context: SendContext,
  job: SendJob,
  attempt: number,
  state: SendState,
  details: EventDetails & { readonly result?: AttemptResult },
  next?: { readonly at: number; readonly masksAgain?: boolean; readonly sameRoute?: boolean },
): Promise<Disposition> {
  const { sendId, tenant } = job;
  const { route, reply, reason, toFreeze, begun, bounce, mayHaveArrived = false } = details;
  const event = eventOfSend(job, attempt, {
    state,
    at: context.clock.now(),
    nextAt: next?.at,
    bounce: bounce === undefined ? undefined : eventBounceOf(bounce, next === undefined),
    from: details.from,
    result: details.result,
    mode: details.mode,
    modeRow: details.modeRow,
    route,
    reply,
    reason,
    tookMs: details.tookMs,
  });
  const answer = await context.ledger.record(job, event, {
    toFreeze,
    unbegun: begun !== true,
    mayHaveArrived,
    masksAgain: next?.masksAgain,
    sameRoute: next?.sameRoute,
  });
  if (answer.kind === 'superseded') {
    // Somebody else wrote this attempt's end first; theirs holds, and tells us what comes next.
    context.logger.warn('attempt-superseded', { sendId, attempt });
    return { kind: 'later', at: context.clock.now() + takenRetryMs };
  }
  // It ends or is held without having come to a route, where its slot would have been used.
  if (next === undefined && route === undefined) await context.throttle.forgo(sendId);
  const fields = {
    sendId,
    tenant,
    attempt,
    state,
    result: details.result,
    bounceClass: bounce?.class,
    code: reply?.code,
    reason,
  };
  if (state === 'held') context.logger.error('send-held', fields);
  else context.logger.info('attempt-recorded', fields);
  context.feedback.count(job, event);
  context.onOutcome(event, answer.streamLength);
  return next === undefined ? { kind: 'done', state } : { kind: 'later', at: next.at };
}

/**
 * What an event says of a failure. While the send goes on nobody is suppressed at once: its next
 * attempt would find the recipient suppressed. What is counted is counted.
 */
function eventBounceOf(bounce: Classification, isOver: boolean): EventBounce {
  const { class: name, rule, suppression } = bounce;
  const isTold = suppression.kind === 'after' || (suppression.kind === 'now' && isOver);
  return isTold ? { class: name, rule, suppression } : { class: name, rule };
}
