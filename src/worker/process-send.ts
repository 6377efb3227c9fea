import type { MessageContent } from '../mail/message-content.ts';
import { isFinal, type AttemptResult, type SendState } from '../mail/kinds.ts';
import { domainOf } from '../mail/address.ts';
import { classifyAttempt } from '../bounces/classify-attempt.ts';
import { isPolicyRefusal } from '../bounces/policy-refusal.ts';
import type { ContentStore } from '../queue/content-store.ts';
import type { FrozenFacts, FrozenFactsStore } from '../queue/frozen-facts.ts';
import type { Ledger, LedgerEntry } from '../queue/ledger.ts';
import { eventIdOf, outcomeEventVersion, type OutcomeEvent } from '../queue/outcome-event.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { Clock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { chooseMasking, maskedAgain, type MaskingContext } from './choose-masking.ts';
import { decideNext } from './decide-next.ts';
import type { SubmitOutcome } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { maskMessage, type MaskedMail } from './mask-message.ts';
import type { RetryPlan } from './retry-plan.ts';
import type { Route } from './route.ts';

/*
 * What is done with one send, each time its job is taken:
 *
 *   1. ask the ledger: final or held already? Then only the job ends.
 *   2. an attempt whose body was begun and whose end nobody wrote? Its process died: uncertain.
 *      That is recorded as the end of that attempt; what follows is decided as for any attempt.
 *   3. not yet time? Expired? Active in three processes that died? Then that, without an attempt.
 *   4. fetch the content; freeze what is fixed once per message, the mode above all; render; sign.
 *      What fails here fails the same way each time: the send is held and somebody is told. A mode
 *      that was asked for and cannot pass rejects the send; DNS that does not answer is waited for.
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
  readonly masking: MaskingContext;
  readonly lanes: Pick<Lanes, 'submit'>;
  readonly route: Route;
  readonly retry: RetryPlan;
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
  const prepared = await prepare(context, job, entry, now);
  switch (prepared.kind) {
    case 'unfit':
      return end(context, job, attempt, 'held', prepared.reason);
    case 'refused': {
      const { reason, from } = prepared;
      return record(context, job, attempt, 'rejected', { result: 'rejected', reason, from });
    }
    case 'wait':
      context.logger.info('waits', { sendId: job.sendId, reason: prepared.reason });
      return { kind: 'later', at: Math.min(now + waitRetryMs, job.expiresAt) };
    case 'ready':
  }
  const outcome = await context.lanes.submit({
    ...prepared.mail,
    beforeBody: async () => ledger.begin(job, attempt, clock.now()),
  });
  return settle(context, job, entry, attempt, outcome, prepared);
}

type Prepared =
  | {
      readonly kind: 'ready';
      readonly mail: MaskedMail;
      readonly frozen: FrozenFacts;
      readonly content: MessageContent;
    }
  /** Something is wrong that will be wrong the next time as well: for a person to look at. */
  | { readonly kind: 'unfit'; readonly reason: string }
  /** Asked for a mode that cannot pass. */
  | { readonly kind: 'refused'; readonly reason: string; readonly from: string }
  /** DNS did not answer, or the message belongs to a newer release. */
  | { readonly kind: 'wait'; readonly reason: string };

const permanentTrouble = ['CONTENT_UNREADABLE', 'RENDER_FAILED', 'SIGNING_FAILED', 'INVALID_JOB'];

async function prepare(
  context: SendContext,
  job: SendJob,
  entry: LedgerEntry,
  now: number,
): Promise<Prepared> {
  const { masking, contents, frozenFacts } = context;
  try {
    const content = await contents.get(job.tenant, job.contentKey);
    if (content === undefined) return { kind: 'unfit', reason: 'CONTENT_MISSING' };
    let frozen = await frozenFacts.read(job);
    if (frozen === undefined) {
      const choice = await chooseMasking(masking, job, content, now);
      if (choice.kind === 'wait') return choice;
      if (choice.kind === 'refused') return { ...choice, from: content.from.address };
      frozen = await frozenFacts.freeze(job, choice.facts);
    }
    if (entry.masksAgain === true) frozen = maskedAgain(masking.identity, frozen);
    const mail = await maskMessage(masking.identity, job, frozen, content, context.route);
    return { kind: 'ready', mail, frozen, content };
  } catch (error) {
    const code = codeOf(error);
    // A newer release froze the message: one of its workers will take it.
    if (code === 'NEWER_VERSION') return { kind: 'wait', reason: messageOf(error) };
    if (code === undefined || !permanentTrouble.includes(code)) throw error;
    return { kind: 'unfit', reason: `${code}: ${messageOf(error)}` };
  }
}

async function settle(
  context: SendContext,
  job: SendJob,
  entry: LedgerEntry,
  attempt: number,
  outcome: SubmitOutcome,
  prepared: Extract<Prepared, { kind: 'ready' }>,
): Promise<Disposition> {
  const { content, frozen } = prepared;
  const about = {
    from: content.from.address,
    mode: frozen.mode,
    modeRow: frozen.modeRow,
    route: context.route.name,
  };
  switch (outcome.kind) {
    case 'reply': {
      const { reply } = outcome;
      const result = classifyAttempt({ kind: 'reply', reply });
      const byPolicy = frozen.mode === 'on-behalf' && isPolicyRefusal(reply);
      if (byPolicy) await learnRefusal(context, job, content);
      // After an uncertain attempt the mail may have arrived as it was: it must not change.
      const mayMaskAgain = byPolicy && entry.wasUncertain !== true;
      return endAttempt(context, job, attempt, { ...about, result, reply }, mayMaskAgain);
    }
    case 'session-refused': {
      const result = classifyAttempt({ kind: 'session-refused', reply: outcome.reply });
      const reason = 'the relay refused the session';
      return endAttempt(context, job, attempt, { ...about, result, reply: outcome.reply, reason });
    }
    case 'broken': {
      const result = classifyAttempt({ kind: 'no-reply', bodyBegun: outcome.mayHaveArrived });
      return endAttempt(context, job, attempt, { ...about, result, reason: outcome.reason });
    }
    case 'unsendable':
      return endAttempt(context, job, attempt, {
        ...about,
        result: 'rejected',
        reason: outcome.reason,
      });
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

/** How soon a message that waits, for DNS mostly, is looked at again, in milliseconds. */
const waitRetryMs = 60_000;

/** The fleet learns that this provider refuses `on-behalf` from this domain; DNS is looked at anew. */
async function learnRefusal(
  context: SendContext,
  job: SendJob,
  content: MessageContent,
): Promise<void> {
  const { domains, policyRefusals } = context.masking;
  const fromDomain = domainOf(content.from.address);
  const provider = await domains.providerOf(domainOf(job.recipient));
  if (provider !== 'temperror') await policyRefusals.note(fromDomain, provider);
  await domains.recheck(fromDomain);
  context.logger.warn('on-behalf-refused-by-policy', { fromDomain, provider, tenant: job.tenant });
}

/** When another worker has our attempt we look again after this time, in milliseconds. */
const takenRetryMs = 5_000;

type EventDetails = Pick<OutcomeEvent, 'mode' | 'modeRow' | 'route' | 'reply' | 'reason'> & {
  readonly from?: string;
};

async function endAttempt(
  context: SendContext,
  job: SendJob,
  attempt: number,
  details: EventDetails & { readonly result: AttemptResult },
  mayMaskAgain = false,
): Promise<Disposition> {
  const now = context.clock.now();
  const { result, reply } = details;
  const next = decideNext(
    {
      result,
      ...(reply === undefined ? {} : { reply }),
      attempt,
      now,
      expiresAt: job.expiresAt,
      mayMaskAgain,
      uncertainPolicy: context.route.uncertainPolicy,
    },
    context.retry,
    context.random(),
  );
  switch (next.kind) {
    case 'final':
      return record(context, job, attempt, next.state, details);
    case 'hold':
      return record(context, job, attempt, 'held', { ...details, reason: next.reason });
    case 'switch-route':
    case 'retry':
      return record(context, job, attempt, 'waiting', details, { at: next.at });
    case 'mask-again': {
      const reason = 'refused by policy; once more with a rewritten From';
      const again = { at: next.at, masksAgain: true };
      return record(context, job, attempt, 'waiting', { ...details, reason }, again);
    }
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
  next?: { readonly at: number; readonly masksAgain?: boolean },
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
    ...(next === undefined ? {} : { nextAt: next.at }),
    ...rest,
  };
  const answer = await context.ledger.record(job, event, next?.masksAgain === true);
  if (answer.kind === 'superseded') {
    // Somebody else wrote this attempt's end first; theirs holds, and tells us what comes next.
    context.logger.warn('attempt-superseded', { sendId, attempt });
    return { kind: 'later', at: context.clock.now() + takenRetryMs };
  }
  const fields = { sendId, tenant, attempt, state, result: details.result, code: rest.reply?.code };
  if (state === 'held') context.logger.error('send-held', { ...fields, reason: rest.reason });
  else context.logger.info('attempt-recorded', { ...fields, reason: rest.reason });
  context.onOutcome(event);
  return next === undefined ? { kind: 'done', state } : { kind: 'later', at: next.at };
}
