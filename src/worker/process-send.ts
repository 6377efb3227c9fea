import type { MessageContent } from '../mail/message-content.ts';
import { isFinal, type AttemptResult, type SendState } from '../mail/kinds.ts';
import { classifyAttempt } from '../bounces/classify-attempt.ts';
import type { ContentStore } from '../queue/content-store.ts';
import {
  frozenFactsVersion,
  type FrozenFacts,
  type FrozenFactsStore,
} from '../queue/frozen-facts.ts';
import type { Ledger } from '../queue/ledger.ts';
import { eventIdOf, outcomeEventVersion, type OutcomeEvent } from '../queue/outcome-event.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { BackoffPlan } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { decideNext } from './decide-next.ts';
import type { Identity } from './identity.ts';
import type { SubmitOutcome } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { maskMessage, type MaskedMail } from './mask-message.ts';

/*
 * What is done with one send, each time its job is taken:
 *
 *   1. ask the ledger: final or held already? Then only the job ends.
 *   2. an attempt whose body was begun and whose end nobody wrote? Its process died: uncertain.
 *      That is recorded as the end of that attempt; what follows is decided as for any attempt.
 *   3. not yet time? Expired? Active in three processes that died? Then that, without an attempt.
 *   4. freeze what is fixed once per message; fetch the content; render; sign. What fails here
 *      fails the same way each time: the send is held and somebody is told.
 *   5. submit. Between 354 and the first byte the ledger notes that the body begins; when it
 *      refuses (another worker has this attempt), not a byte is sent.
 *   6. record the end of the attempt together with its event, in one script, then end the job or
 *      name the time of its next attempt.
 *
 * A crash between any two steps leaves either nothing behind or an open attempt, which is step 2.
 * Exceptions leave this function only for trouble of our own (Redis away, a bug).
 */

/** What becomes of the job. */
export type Disposition =
  /** The send is final or held: the job is done. */
  | { readonly kind: 'done'; readonly state: SendState }
  /** The job comes back at this time, ms since 1970. */
  | { readonly kind: 'later'; readonly at: number };

/** Everything {@link processSend} works with. */
export interface SendContext {
  readonly ledger: Ledger;
  readonly frozenFacts: FrozenFactsStore;
  readonly contents: ContentStore;
  readonly identity: Identity;
  readonly lanes: Pick<Lanes, 'submit'>;
  readonly routeName: string;
  readonly retry: BackoffPlan;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Told after each recorded event; must not throw. */
  readonly onOutcome: (event: OutcomeEvent) => void;
}

/** A job that was active in this many processes that died is held: it may be what kills them. */
const crashesMax = 3;

/** Deals with a send once. */
export async function processSend(
  context: SendContext,
  job: SendJob,
  crashes: number,
): Promise<Disposition> {
  const { ledger, clock } = context;
  const entry = await ledger.read(job.sendId);
  if (isFinal(entry.state) || entry.state === 'held') return { kind: 'done', state: entry.state };
  if (entry.openSince !== undefined) {
    return endAttempt(context, job, entry.attempt, {
      result: 'uncertain',
      reason: 'the process that sent the body ended before it saw the reply',
    });
  }
  const attempt = entry.attempt + 1;
  const now = clock.now();
  if (now >= job.expiresAt) return end(context, job, attempt, 'expired', 'expiresAt has passed');
  const notBefore = Math.max(entry.nextAt ?? 0, job.sendAt);
  if (now < notBefore) return { kind: 'later', at: notBefore };
  if (crashes >= crashesMax) {
    return end(
      context,
      job,
      attempt,
      'held',
      `its job was active in ${crashes} processes that died`,
    );
  }
  const prepared = await prepare(context, job, now);
  if (prepared.kind === 'unfit') return end(context, job, attempt, 'held', prepared.reason);
  const outcome = await context.lanes.submit({
    ...prepared.mail,
    beforeBody: async () => ledger.begin(job, attempt, clock.now()),
  });
  return settle(context, job, attempt, outcome, prepared);
}

type Prepared =
  | {
      readonly kind: 'ready';
      readonly mail: MaskedMail;
      readonly frozen: FrozenFacts;
      readonly content: MessageContent;
    }
  | { readonly kind: 'unfit'; readonly reason: string };

const permanentTrouble = ['CONTENT_UNREADABLE', 'RENDER_FAILED', 'SIGNING_FAILED'];

async function prepare(context: SendContext, job: SendJob, now: number): Promise<Prepared> {
  const { identity, contents, frozenFacts } = context;
  try {
    const content = await contents.get(job.tenant, job.contentKey);
    if (content === undefined) return { kind: 'unfit', reason: 'CONTENT_MISSING' };
    const frozen = await frozenFacts.freeze(job, {
      v: frozenFactsVersion,
      mode: 'on-behalf',
      dateMs: now,
      selector: identity.activeSelector,
      tokenKeyId: identity.keyring.current,
    });
    const mail = await maskMessage(identity, job, frozen, content);
    return { kind: 'ready', mail, frozen, content };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !permanentTrouble.includes(code)) throw error;
    return { kind: 'unfit', reason: `${code}: ${messageOf(error)}` };
  }
}

async function settle(
  context: SendContext,
  job: SendJob,
  attempt: number,
  outcome: SubmitOutcome,
  prepared: Extract<Prepared, { kind: 'ready' }>,
): Promise<Disposition> {
  const about = {
    from: prepared.content.from.address,
    mode: prepared.frozen.mode,
    route: context.routeName,
  };
  switch (outcome.kind) {
    case 'reply': {
      const result = classifyAttempt({ kind: 'reply', reply: outcome.reply });
      return endAttempt(context, job, attempt, { ...about, result, reply: outcome.reply });
    }
    case 'session-refused': {
      const result = classifyAttempt({ kind: 'session-refused', reply: outcome.reply });
      const reason = 'the relay refused the session';
      return endAttempt(context, job, attempt, { ...about, result, reply: outcome.reply, reason });
    }
    case 'broken': {
      const result = classifyAttempt({ kind: 'no-reply', bodyBegun: outcome.bodyBegun });
      return endAttempt(context, job, attempt, { ...about, result, reason: outcome.reason });
    }
    case 'interrupted':
      // Not a byte of the body left, so nothing happened: no attempt is counted. The job comes back
      // at once; when another worker has the attempt, its own record decides then.
      context.logger.info('attempt-interrupted', {
        sendId: job.sendId,
        attempt,
        reason: messageOf(outcome.error),
      });
      if (codeOf(outcome.error) === 'ATTEMPT_TAKEN') {
        return { kind: 'later', at: context.clock.now() + takenRetryMs };
      }
      return { kind: 'later', at: context.clock.now() };
  }
}

/** When another worker has our attempt we look again after this time, in milliseconds. */
const takenRetryMs = 5_000;

type EventDetails = Pick<OutcomeEvent, 'mode' | 'route' | 'reply' | 'reason'> & {
  readonly from?: string;
};

async function endAttempt(
  context: SendContext,
  job: SendJob,
  attempt: number,
  details: EventDetails & { readonly result: AttemptResult },
): Promise<Disposition> {
  const now = context.clock.now();
  const { result } = details;
  const next = decideNext(
    { result, attempt, now, expiresAt: job.expiresAt },
    context.retry,
    context.random(),
  );
  switch (next.kind) {
    case 'final':
      return record(context, job, attempt, next.state, details);
    case 'hold':
      return record(context, job, attempt, 'held', { ...details, reason: next.reason });
    case 'retry':
      return record(context, job, attempt, 'waiting', details, next.at);
  }
}

async function end(
  context: SendContext,
  job: SendJob,
  attempt: number,
  state: SendState,
  reason: string,
): Promise<Disposition> {
  return record(context, job, attempt, state, { reason });
}

async function record(
  context: SendContext,
  job: SendJob,
  attempt: number,
  state: SendState,
  details: EventDetails & { readonly result?: AttemptResult },
  nextAt?: number,
): Promise<Disposition> {
  const { sendId, messageId, tenant, kind, recipient, contentKey } = job;
  const { from, ...rest } = details;
  const event: OutcomeEvent = {
    v: outcomeEventVersion,
    eventId: eventIdOf(sendId, attempt),
    sendId,
    messageId,
    tenant,
    kind,
    ...(from === undefined ? {} : { from }),
    recipient,
    contentKey,
    attempt,
    state,
    at: context.clock.now(),
    ...(nextAt === undefined ? {} : { nextAt }),
    ...rest,
  };
  const answer = await context.ledger.record(job, event);
  if (answer.kind === 'superseded') {
    // Somebody else wrote this attempt's end first; theirs holds, and tells us what comes next.
    context.logger.warn('attempt-superseded', { sendId, attempt });
    return { kind: 'later', at: context.clock.now() + takenRetryMs };
  }
  const fields = { sendId, tenant, attempt, state, result: details.result, code: rest.reply?.code };
  if (state === 'held') context.logger.error('send-held', { ...fields, reason: rest.reason });
  else context.logger.info('attempt-recorded', { ...fields, reason: rest.reason });
  context.onOutcome(event);
  return nextAt === undefined ? { kind: 'done', state } : { kind: 'later', at: nextAt };
}
