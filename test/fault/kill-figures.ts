import type { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { sendStates, type SendState } from '../../src/mail/kinds.ts';
import type { KeyNames } from '../../src/queue/key-names.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';
import type { ReceivedMail } from '../support/raw-relay.ts';
import type { BooksFigures } from './books.ts';
import type { Enqueued } from './enqueue-sends.ts';
import type { OpenFigures } from './open-transactions.ts';
import { jobCounts } from './job-counts.ts';
import { inHandMax } from './process-options.ts';

/** What came of a run. */
export interface KillFigures extends OpenFigures, BooksFigures {
  readonly seed: number;
  readonly enqueued: number;
  /** Messages the relay got completely, each send counted once. */
  readonly received: number;
  /** Sends whose message never came, although they are neither rejected nor held. */
  readonly lost: number;
  /** Messages that came once more. */
  readonly repeated: number;
  /** Attempts recorded as uncertain. */
  readonly uncertain: number;
  /** Messages that came more often than the uncertain attempts of their own send explain. */
  readonly unexplained: number;
  /** Messages that came although nobody enqueued them: Message-ID and recipients. */
  readonly unknown: readonly string[];
  /** Sends by the state in their ledger; their sum is `enqueued`. */
  readonly byState: { readonly [state in SendState]: number };
  /** Sends held, but neither active in too many workers that died nor uncertain too often; with the reason. */
  readonly heldWrongly: readonly string[];
  /** Sends that the outcome stream does not tell in the state that the ledger has. */
  readonly statesApart: number;
  readonly events: number;
  /** Events whose id was there before. */
  readonly eventsTwice: number;
  /** Jobs in BullMQ's failed set. */
  readonly jobsFailed: number;
  /** Other jobs left in the queue. */
  readonly jobsLeft: number;
  readonly kills: number;
  /** Workers that stood still for longer than their lock. */
  readonly freezes: number;
  /** Workers that got no time for a good part of their lock, without our doing. */
  readonly starved: number;
  readonly redisRestarts: number;
  /** Processes that ended without being told to, with what they logged last. */
  readonly unexpectedEnds: readonly string[];
  readonly durationMs: number;
}

/** What {@link addUp} takes. */
export interface KillEvidence extends Pick<
  KillFigures,
  | 'seed'
  | 'kills'
  | 'freezes'
  | 'starved'
  | 'redisRestarts'
  | 'unexpectedEnds'
  | 'durationMs'
  | keyof OpenFigures
  | keyof BooksFigures
> {
  readonly enqueued: readonly Enqueued[];
  readonly received: readonly ReceivedMail[];
  readonly events: readonly OutcomeEvent[];
  readonly redis: Redis;
  readonly keys: KeyNames;
}

const heldRightly = /processes that died|attempts are uncertain/;

/** Adds up a run. */
export async function addUp(evidence: KillEvidence): Promise<KillFigures> {
  const { enqueued, received: mails, events, redis, keys, ...given } = evidence;
  const came = new Map<string, number>();
  for (const { messageId, rcptTo } of mails) {
    const mail = `${messageId} ${rcptTo.join()}`;
    came.set(mail, (came.get(mail) ?? 0) + 1);
  }
  const uncertainOf = new Map<string, number>();
  const lastState = new Map<string, SendState>();
  const heldWrongly: string[] = [];
  for (const { sendId, result, state, reason } of events) {
    if (state === 'held' && !heldRightly.test(reason ?? ''))
      heldWrongly.push(`${sendId} ${reason}`);
    if (result === 'uncertain') uncertainOf.set(sendId, (uncertainOf.get(sendId) ?? 0) + 1);
    lastState.set(sendId, state);
  }
  const ledger = createLedger(redis, keys);
  const byState = Object.fromEntries(sendStates.map((state) => [state, 0])) as {
    [state in SendState]: number;
  };
  let received = 0;
  let lost = 0;
  let unexplained = 0;
  let statesApart = 0;
  for (const { sendId, messageId, recipient } of enqueued) {
    const mail = `<${messageId}@crm.example> ${recipient}`;
    const times = came.get(mail) ?? 0;
    came.delete(mail);
    const { state } = await ledger.read(sendId as SendId);
    byState[state] += 1;
    if (times > 0) received += 1;
    else if (state !== 'rejected' && state !== 'held') lost += 1;
    unexplained += Math.max(0, times - 1 - (uncertainOf.get(sendId) ?? 0));
    if (lastState.get(sendId) !== state) statesApart += 1;
  }
  const unknown = [...came].flatMap(([mail, times]) => Array.from({ length: times }, () => mail));
  const { failed, others } = await jobCounts(redis, keys);
  return {
    ...given,
    enqueued: enqueued.length,
    received,
    lost,
    repeated: mails.length - unknown.length - received,
    uncertain: [...uncertainOf.values()].reduce((sum, count) => sum + count, 0),
    unexplained,
    unknown,
    byState,
    heldWrongly,
    statesApart,
    events: events.length,
    eventsTwice: events.length - new Set(events.map(({ eventId }) => eventId)).size,
    jobsFailed: failed,
    jobsLeft: others,
  };
}

/** What is wrong with the figures: the guarantees that do not hold, in words. None is a good run. */
export function brokenPromises(figures: KillFigures): readonly string[] {
  const { byState, enqueued, repeated, uncertain, received } = figures;
  const inStates = Object.values(byState).reduce((sum, count) => sum + count, 0);
  const checks: readonly (readonly [broken: boolean, what: string])[] = [
    [figures.lost > 0, `${figures.lost} sends are lost`],
    [
      figures.unknown.length > 0,
      `messages came that nobody enqueued: ${figures.unknown.join('; ')}`,
    ],
    [byState.waiting > 0, `${byState.waiting} sends have not come to an end`],
    [
      figures.heldWrongly.length > 0,
      `sends are held without a reason: ${figures.heldWrongly.join('; ')}`,
    ],
    [inStates !== enqueued, `${inStates} sends have a state, ${enqueued} were enqueued`],
    [byState.accepted > received, 'more sends are accepted than messages came'],
    [repeated > uncertain, `${repeated} repetitions, but ${uncertain} uncertain attempts`],
    [figures.unexplained > 0, `${figures.unexplained} repetitions without an uncertain attempt`],
    [
      figures.uncertainUninterrupted.length > 0,
      `attempts are uncertain, and nothing had interrupted them: ${figures.uncertainUninterrupted.join(' ')}`,
    ],
    [
      figures.openMost > inHandMax,
      `${figures.openMost} transactions of one worker were open, which takes ${inHandMax} sends at once`,
    ],
    [figures.astray.length > 0, `sends were in no state, or in two: ${figures.astray.join('; ')}`],
    [figures.booksUnbalanced > 0, `the books did not balance ${figures.booksUnbalanced} times`],
    [figures.eventsTwice > 0, `${figures.eventsTwice} events are there twice`],
    [figures.statesApart > 0, `${figures.statesApart} ledgers differ from their last event`],
    [figures.jobsFailed > 0, `${figures.jobsFailed} jobs are in the failed set`],
    [figures.jobsLeft > 0, `${figures.jobsLeft} jobs are left in the queue`],
    [
      figures.unexpectedEnds.length > 0,
      `workers ended by themselves: ${figures.unexpectedEnds.join('; ')}`,
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, what]) => what);
}
