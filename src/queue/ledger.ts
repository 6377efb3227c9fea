import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import { attemptResults, sendStates, type AttemptResult, type SendState } from '../mail/kinds.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import { eventIdOf, type OutcomeEvent } from './outcome-event.ts';
import { runScript } from './script.ts';
import { beginBody, recordOutcome } from './ledger-scripts.ts';
import type { SendJob } from './send-job.ts';

/*
 * The ledger knows, per send and for longer than its job lives: how many attempts there were,
 * whether the body of the latest one was begun, and how it ended.
 *
 *   begin(n)   just before the first byte of the body leaves us; refused unless attempt n-1 is
 *              recorded and n not yet begun, so two workers can never both send attempt n
 *   record(n)  the end of attempt n and its outcome event, in one script: both or neither
 *
 * An attempt that was begun and not recorded is *uncertain*: its process died, or lost Redis,
 * somewhere between the first byte and the reply. Whoever takes the job next records that first.
 */

/** How long a ledger outlives the end of its send, in milliseconds: 7 days. */
export const ledgerRetentionMs = 7 * 86_400_000;

/** What the ledger says of a send. */
export interface LedgerEntry {
  readonly state: SendState;
  /** Number of the latest attempt that was begun or recorded; 0 for none. */
  readonly attempt: number;
  /** When the body of that attempt was begun, if its end is not recorded; ms since 1970. */
  readonly openSince?: number;
  /** How that attempt ended, if it is recorded. */
  readonly result?: AttemptResult;
  /** No next attempt before this, ms since 1970. */
  readonly nextAt?: number;
  /** Whether some attempt was uncertain, so that the mail may have arrived as it was. */
  readonly wasUncertain?: true;
  /** Whether its mode was refused by policy, so that it goes as `rewritten` from now on. */
  readonly masksAgain?: true;
}

/** What {@link Ledger.record} did. `superseded`: that attempt is recorded already, or the send final. */
export type RecordAnswer =
  { readonly kind: 'recorded'; readonly streamLength: number } | { readonly kind: 'superseded' };

/** The ledger of a shard. */
export interface Ledger {
  /** What is known of a send; `waiting` with no attempt where nothing is. */
  read(sendId: SendId): Promise<LedgerEntry>;
  /**
   * Notes that the body of an attempt is about to begin.
   *
   * @throws OnbehalfError `ATTEMPT_TAKEN` when another worker began it, or the send is final
   */
  begin(job: SendJob, attempt: number, now: number): Promise<void>;
  /**
   * Writes the end of an attempt and its event, both or neither, once.
   *
   * @param masksAgain the next attempt goes in mode `rewritten`
   */
  record(job: SendJob, event: OutcomeEvent, masksAgain?: boolean): Promise<RecordAnswer>;
}

/** The ledger in Redis. */
export function createLedger(redis: Redis, keys: KeyNames): Ledger {
  return {
    async read(sendId) {
      return readEntry(await redis.hgetall(keys.ledger(sendId)));
    },
    async begin(job, attempt, now) {
      const answer = await runScript(
        redis,
        beginBody,
        [keys.ledger(job.sendId)],
        [attempt, now, retainUntil(job, now)],
      );
      if (answer === 1) return;
      throw new OnbehalfError(
        'ATTEMPT_TAKEN',
        `attempt ${attempt} of send ${job.sendId} was begun by another worker`,
      );
    },
    async record(job, event, masksAgain = false) {
      const names = [
        keys.ledger(job.sendId),
        keys.outcomes,
        keys.held,
        keys.content(job.contentKey),
        keys.frozen(job.messageId),
      ];
      if (event.eventId !== eventIdOf(job.sendId, event.attempt)) {
        throw new TypeError('the event is not of this send');
      }
      const answer = await runScript(redis, recordOutcome, names, [
        event.attempt,
        event.state,
        event.result ?? '',
        event.nextAt ?? '',
        retainUntil(job, event.at),
        JSON.stringify(event),
        job.sendId,
        JSON.stringify(job),
        masksAgain ? '1' : '',
      ]);
      const length = Number(answer);
      return length < 0 ? { kind: 'superseded' } : { kind: 'recorded', streamLength: length };
    },
  };
}

function retainUntil(job: SendJob, now: number): number {
  return Math.max(job.expiresAt, now) + ledgerRetentionMs;
}

function readEntry(hash: Readonly<Record<string, string>>): LedgerEntry {
  const state = sendStates.find((each) => each === hash['s']) ?? 'waiting';
  const result = attemptResults.find((each) => each === hash['r']);
  return {
    state,
    attempt: Number(hash['a'] ?? 0),
    ...(hash['b'] === undefined ? {} : { openSince: Number(hash['b']) }),
    ...(result === undefined ? {} : { result }),
    ...(hash['n'] === undefined ? {} : { nextAt: Number(hash['n']) }),
    ...(hash['u'] === undefined ? {} : { wasUncertain: true }),
    ...(hash['m'] === undefined ? {} : { masksAgain: true }),
  };
}
