import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import { attemptResults, sendStates, type AttemptResult, type SendState } from '../mail/kinds.ts';
import type { FrozenFacts } from './frozen-facts.ts';
import type { KeyNames } from './key-names.ts';
import {
  beginCall,
  checkBegun,
  readCall,
  readRecorded,
  recordCall,
  type RecordAnswer,
  type RecordOptions,
  type ScriptCall,
} from './ledger-calls.ts';
import { campaignEndPlaceOf, decodeEnd, endHourOf, endPlaceOf } from './ledger-ends.ts';
import { findSend } from './ledger-scripts.ts';
import type { OutcomeEvent } from './outcome-event.ts';
import { runScript } from './script.ts';
import type { SendJob } from './send-job.ts';

export { ledgerRetentionMs, type RecordAnswer } from './ledger-calls.ts';

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
  /** Whether some attempt was uncertain, so that the mail may have arrived as it was; while in flight. */
  readonly wasUncertain?: true;
  /** How many attempts were uncertain; while in flight. */
  readonly uncertainCount?: number;
  /** Whether its mode was refused by policy, so that it goes as `rewritten` from now on. */
  readonly masksAgain?: true;
  /** Frozen facts of its message (JSON, unchecked), where it has no other send; while in flight. */
  readonly frozen?: string;
  /** Name of the route that the next attempt goes over if it can: who asked is remembered there. */
  readonly preferredRoute?: string;
  /** When the send came to its end, ms since 1970, to the second. */
  readonly endedAt?: number;
}

/** A send as it is found by its id alone. */
export interface FoundSend {
  /** What the ledger says; undefined where it says nothing (yet, or any more). */
  readonly entry?: LedgerEntry;
  /** Data of its job in the queue, unchecked. */
  readonly job?: string;
  /** Job data of the held send, unchecked. */
  readonly held?: string;
  /** Job data of a send whose release has begun and whose job may not be enqueued yet, unchecked. */
  readonly releasing?: string;
}

/** The ledger of a shard. */
export interface Ledger {
  /**
   * What is known of a send; `waiting` with no attempt where nothing is.
   *
   * @param createdAt of its job. Without it every hour that is kept is searched: not for a hot path
   */
  read(sendId: SendId, createdAt?: number): Promise<LedgerEntry>;
  /** Everything about a send of which only the id is known, at one moment. */
  find(sendId: SendId): Promise<FoundSend>;
  /**
   * Notes that the body of an attempt is about to begin.
   *
   * @param toFreeze facts of a message that has no other send, kept unless there are some already
   * @throws OnbehalfError `ATTEMPT_TAKEN` when another worker began it, or the send is final or held
   */
  begin(job: SendJob, attempt: number, now: number, toFreeze?: FrozenFacts): Promise<void>;
  /**
   * Writes the end of an attempt and its event, both or neither, once.
   *
   * @param more what holds for the next attempt; toFreeze: as for `begin`;
   *   unbegun: its body was not begun: `superseded` where another worker has begun it;
   *   mayHaveArrived: some attempt was uncertain: kept as the result of an end that has none
   */
  record(
    job: SendJob,
    event: OutcomeEvent,
    more?: Pick<
      RecordOptions,
      'masksAgain' | 'sameRoute' | 'toFreeze' | 'unbegun' | 'mayHaveArrived'
    >,
  ): Promise<RecordAnswer>;
  /**
   * Writes the end that somebody decided, and its event: a caller may end what is in flight or held,
   * an operator what is held. `superseded` while an attempt is open, or when it is not (any more) so.
   *
   * @param mayHaveArrived some attempt was uncertain: kept as the result of the end
   */
  recordDecision(
    job: SendJob,
    event: OutcomeEvent,
    decidedBy: 'caller' | 'operator',
    mayHaveArrived: boolean,
  ): Promise<RecordAnswer>;
}

/** The ledger in Redis. */
export function createLedger(redis: Redis, keys: KeyNames): Ledger {
  const call = async ({ script, keys: names, values }: ScriptCall): Promise<unknown> =>
    runScript(redis, script, names, values);
  const find = async (sendId: SendId): Promise<FoundSend> => {
    const { prefix, field } = endPlaceOf({ sendId, createdAt: 0 });
    const inCampaign = campaignEndPlaceOf(sendId);
    const names = [
      keys.ledger(sendId),
      keys.ledgerEnds,
      keys.ledgerHours,
      keys.held,
      keys.releasing,
      keys.job(sendId),
    ];
    const answer = await runScript(redis, findSend, names, [
      sendId,
      prefix,
      field,
      inCampaign.group,
      inCampaign.prefix,
      inCampaign.field,
      inCampaign.hour,
    ]);
    return readFound(Array.isArray(answer) ? answer : []);
  };
  return {
    find,
    async read(sendId, createdAt) {
      if (createdAt === undefined) {
        return (await find(sendId)).entry ?? { state: 'waiting', attempt: 0 };
      }
      return readLedgerAnswer(await call(readCall(keys, { sendId, createdAt })), createdAt);
    },
    async begin(job, attempt, now, toFreeze) {
      checkBegun(await call(beginCall(keys, job, attempt, now, toFreeze)), job, attempt);
    },
    async record(job, event, more) {
      return readRecorded(await call(recordCall(keys, job, event, more)));
    },
    async recordDecision(job, event, decidedBy, mayHaveArrived) {
      const more = { decidedBy, mayHaveArrived };
      return readRecorded(await call(recordCall(keys, job, event, more)));
    },
  };
}

/** What the answer to the ledger's read call means: the same for whoever carried it. */
export function readLedgerAnswer(answer: unknown, createdAt: number): LedgerEntry {
  const list = Array.isArray(answer) ? answer.map(String) : [];
  const [first] = list;
  if (first === undefined) return { state: 'waiting', attempt: 0 };
  if (list.length === 1) return decodeEnd(Number(first), endHourOf({ createdAt }));
  return readHash(list);
}

function readFound(answer: readonly unknown[]): FoundSend {
  const [hash, job, held, releasing, hour, number] = answer;
  const list = Array.isArray(hash) ? hash.map(String) : [];
  const end = number === '' || number === undefined ? undefined : Number(number);
  return {
    ...(list.length > 0 ? { entry: readHash(list) } : {}),
    ...(end === undefined ? {} : { entry: decodeEnd(end, Number(hour)) }),
    ...given('job', job),
    ...given('held', held),
    ...given('releasing', releasing),
  };
}

function given<Name extends string>(name: Name, value: unknown): { readonly [K in Name]?: string } {
  return typeof value === 'string' && value !== ''
    ? ({ [name]: value } as { readonly [K in Name]?: string })
    : {};
}

function readHash(list: readonly string[]): LedgerEntry {
  const hash = new Map<string, string>();
  for (let i = 0; i + 1 < list.length; i += 2) hash.set(list[i] ?? '', list[i + 1] ?? '');
  const state = sendStates.find((each) => each === hash.get('s')) ?? 'waiting';
  const result = attemptResults.find((each) => each === hash.get('r'));
  return {
    state,
    attempt: Number(hash.get('a') ?? 0),
    ...(hash.has('b') ? { openSince: Number(hash.get('b')) } : {}),
    ...(result === undefined ? {} : { result }),
    ...(hash.has('n') ? { nextAt: Number(hash.get('n')) } : {}),
    ...(hash.has('u') ? { wasUncertain: true, uncertainCount: Number(hash.get('u')) } : {}),
    ...(hash.has('m') ? { masksAgain: true } : {}),
    ...given('frozen', hash.get('f')),
    ...given('preferredRoute', hash.get('o')),
  };
}
