import type { AttemptResult, SendState } from '../mail/kinds.ts';
import { eventOfSend } from '../queue/event-of-send.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { LedgerEntry } from '../queue/ledger.ts';
import type { SendJob } from '../queue/send-job.ts';
import { decideNext, type AttemptOutcome, type NextStep } from './decide-next.ts';
import type { Disposition, SendContext } from './send-context.ts';

/** When another worker has our attempt we look again after this time, in milliseconds. */
export const takenRetryMs = 5_000;

/** What an event says besides what every event says, and what else is told of its attempt. */
export type EventDetails = Pick<
  OutcomeEvent,
  'from' | 'mode' | 'modeRow' | 'route' | 'reply' | 'reason' | 'tookMs'
> & {
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
  'mayMaskAgain' | 'otherRoute' | 'uncertainPolicy'
>;

/** Records the end of an attempt, and what follows from it. */
export async function endAttempt(
  context: SendContext,
  job: SendJob,
  entry: LedgerEntry,
  attempt: number,
  details: EventDetails & { readonly result: AttemptResult },
  surroundings: AttemptSurroundings,
): Promise<{ readonly next: NextStep; readonly disposition: Disposition }> {
  const { result, reply } = details;
  const next = decideNext(
    {
      result,
      ...(reply === undefined ? {} : { reply }),
      attempt,
      now: context.clock.now(),
      expiresAt: job.expiresAt,
      uncertainBefore: entry.uncertainCount ?? 0,
      ...surroundings,
    },
    context.retry,
    context.random(),
  );
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
  const { from, toFreeze, begun, mayHaveArrived = false, ...rest } = details;
  const event = eventOfSend(job, attempt, {
    ...(from === undefined ? {} : { from }),
    state,
    at: context.clock.now(),
    ...(next === undefined ? {} : { nextAt: next.at }),
    ...rest,
  });
  const unbegun = begun !== true;
  const answer = await context.ledger.record(job, event, {
    ...next,
    toFreeze,
    unbegun,
    mayHaveArrived,
  });
  if (answer.kind === 'superseded') {
    // Somebody else wrote this attempt's end first; theirs holds, and tells us what comes next.
    context.logger.warn('attempt-superseded', { sendId, attempt });
    return { kind: 'later', at: context.clock.now() + takenRetryMs };
  }
  // It ends or is held without having come to a route, where its slot would have been used.
  if (next === undefined && rest.route === undefined) await context.throttle.forgo(sendId);
  const fields = { sendId, tenant, attempt, state, result: details.result, code: rest.reply?.code };
  if (state === 'held') context.logger.error('send-held', { ...fields, reason: rest.reason });
  else context.logger.info('attempt-recorded', { ...fields, reason: rest.reason });
  context.feedback.count(job, event);
  context.onOutcome(event, answer.streamLength);
  return next === undefined ? { kind: 'done', state } : { kind: 'later', at: next.at };
}
