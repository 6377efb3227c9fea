import { isFinal } from '../mail/kinds.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { contentGraceMs } from './content-store.ts';
import type { FrozenFacts } from './frozen-facts.ts';
import type { KeyNames } from './key-names.ts';
import { encodeEnd, endHourOf, endPlaceOf } from './ledger-ends.ts';
import { beginBody, readLedger, recordOutcome } from './ledger-scripts.ts';
import { eventIdOf, type OutcomeEvent } from './outcome-event.ts';
import type { Script } from './script.ts';
import type { SendJob } from './send-job.ts';

/*
 * The calls of the ledger's scripts, apart from who carries them to Redis, and what their answers mean.
 */

/** A script with all it is called with. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly values: readonly (string | number | Buffer)[];
}

/** How long a ledger outlives the end of its send, in milliseconds: 7 days. */
export const ledgerRetentionMs = 7 * 86_400_000;

/** What {@link Ledger.record} did. `superseded`: that attempt is recorded already, or the send final. */
export type RecordAnswer =
  { readonly kind: 'recorded'; readonly streamLength: number } | { readonly kind: 'superseded' };

/** The latest time at which what is known of a send may be needed, ms since 1970. */
export function retainUntil(job: Pick<SendJob, 'expiresAt'>, now: number): number {
  return Math.max(job.expiresAt, now) + ledgerRetentionMs;
}

/** Asks what is known of a send. */
export function readCall(
  keys: KeyNames,
  job: Pick<SendJob, 'sendId' | 'createdAt' | 'campaign'>,
): ScriptCall {
  const { group, prefix, field } = endPlaceOf(job);
  return {
    script: readLedger,
    keys: [keys.ledger(job.sendId), keys.ledgerEnds],
    values: [group, prefix, field],
  };
}

/** Notes that the body of an attempt is about to begin. */
export function beginCall(
  keys: KeyNames,
  job: SendJob,
  attempt: number,
  now: number,
  toFreeze?: FrozenFacts,
): ScriptCall {
  const { group, prefix, field } = endPlaceOf(job);
  return {
    script: beginBody,
    keys: [keys.ledger(job.sendId), keys.ledgerEnds],
    values: [
      attempt,
      now,
      retainUntil(job, now),
      group,
      prefix,
      field,
      toFreeze === undefined ? '' : JSON.stringify(toFreeze),
    ],
  };
}

/**
 * What the answer to {@link beginCall} means.
 *
 * @throws OnbehalfError `ATTEMPT_TAKEN`
 */
export function checkBegun(answer: unknown, job: SendJob, attempt: number): void {
  if (answer === 1) return;
  throw new OnbehalfError(
    'ATTEMPT_TAKEN',
    `attempt ${attempt} of send ${job.sendId} was begun by another worker, or the send has ended`,
  );
}

/** What {@link recordCall} takes besides job and event. */
export interface RecordOptions {
  /** The next attempt goes in mode `rewritten`. */
  readonly masksAgain?: boolean | undefined;
  /** Kept with what goes on, unless facts are there already. */
  readonly toFreeze?: FrozenFacts | undefined;
  /** The next attempt goes over the route of this one, if it can. */
  readonly sameRoute?: boolean | undefined;
  /**
   * Its body was not begun by whoever tells this: where that attempt is open, it is another worker's,
   * which took the job over.
   */
  readonly unbegun?: boolean;
  /** Who decided it, where no attempt did: a caller (any send in flight) or an operator (held ones). */
  readonly decidedBy?: 'caller' | 'operator';
  /** Kept as the result of an end that has none of its own: the mail may have arrived before. */
  readonly mayHaveArrived?: boolean;
}

/** Writes the end of an attempt and its event. */
export function recordCall(
  keys: KeyNames,
  job: SendJob,
  event: OutcomeEvent,
  more: RecordOptions = {},
): ScriptCall {
  if (event.eventId !== eventIdOf(job.sendId, event.attempt)) {
    throw new TypeError('the event is not of this send');
  }
  const { group, prefix, field } = endPlaceOf(job);
  const { attempt, state, result, at } = event;
  const endResult = result ?? (more.mayHaveArrived === true ? 'uncertain' : undefined);
  const end = isFinal(state)
    ? { state, attempt, endedAt: at, ...(endResult === undefined ? {} : { result: endResult }) }
    : undefined;
  // Only a decision may find it held already: then its keys are needed to let go of them.
  const touchesHeld = state === 'held' || more.decidedBy !== undefined;
  return {
    script: recordOutcome,
    keys: [
      keys.ledger(job.sendId),
      keys.ledgerEnds,
      keys.ledgerHours,
      keys.outcomes,
      keys.attempts(job.sendId),
      ...(touchesHeld ? heldKeys(keys, job) : []),
    ],
    values: [
      attempt,
      state,
      result ?? '',
      event.nextAt ?? '',
      retainUntil(job, at),
      JSON.stringify(event),
      job.sendId,
      state === 'held' ? JSON.stringify(job) : '',
      more.masksAgain === true ? '1' : '',
      group,
      prefix,
      field,
      end === undefined ? '' : encodeEnd(end, endHourOf(job)),
      Math.max(job.expiresAt, at) + contentGraceMs,
      more.decidedBy ?? (more.unbegun === true ? 'unbegun' : ''),
      more.toFreeze === undefined || end !== undefined ? '' : JSON.stringify(more.toFreeze),
      more.sameRoute === true ? (event.route ?? '') : '',
    ],
  };
}

function heldKeys(keys: KeyNames, job: SendJob): readonly string[] {
  return [
    keys.held,
    keys.heldNeeds,
    keys.content(job.contentKey),
    keys.frozen(job.messageId),
    keys.idempotency(job.messageId),
  ];
}

/** What the answer to {@link recordCall} means. */
export function readRecorded(answer: unknown): RecordAnswer {
  const length = Number(answer);
  return length < 0 ? { kind: 'superseded' } : { kind: 'recorded', streamLength: length };
}
