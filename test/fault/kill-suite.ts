/**
 * Sends mail through worker processes that are killed at random moments, and adds up what happened.
 *
 * - A relay counts a mail as received when its final dot has come, answered or not. On request it
 *   closes, hangs and defers at random, and Redis is killed or restarted in between.
 * - Some workers are not killed but stand still for longer than their lock, and then go on.
 * - Again and again during the run the books are balanced: each send is in exactly one state.
 * - The run ends when each send has ended and no job is left; then nothing is killed any more.
 * - What was received is held against what was enqueued, the ledgers and the outcome stream.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { createProducer } from '../../src/producer/index.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { openRedis } from '../../src/queue/redis-connection.ts';
import { swallow } from '../../src/runtime/swallow.ts';
import { seededRandom } from '../support/seed.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import type { TestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';
import { addUp, type KillFigures } from './kill-figures.ts';
import { openBooks } from './books.ts';
import { enqueueSends, type Enqueued } from './enqueue-sends.ts';
import { jobCounts } from './job-counts.ts';
import { watchOutcomes } from './outcome-watch.ts';
import { createTransactionLog, type Interruption } from './open-transactions.ts';
import { relayFaults } from './relay-faults.ts';
import { workerProcessOptions } from './process-options.ts';
import { watchAnswers } from './standstills.ts';
import { startFleet } from './worker-fleet.ts';

/** What {@link runKillSuite} takes. */
export interface KillSuiteOptions {
  readonly redis: Pick<TestRedis, 'url' | 'restart'>;
  readonly sends: number;
  readonly workers: number;
  /** Mean number of mails that the relay gets from one kill to the next. */
  readonly killEveryMails: number;
  /** How often Redis is ended during the run, killed and in good order in turns; default 0. */
  readonly redisRestarts?: number;
  /** Whether the relay closes, hangs and defers at random; default false. */
  readonly relayFaults?: boolean;
  /** Mean time the relay takes to answer a mail, in milliseconds; default 20. */
  readonly replyDelayMs?: number;
  readonly seed?: number;
  /** Gives up when nothing has ended for this time, in milliseconds; default 60,000. */
  readonly quietMs?: number;
  /** Told now and then how far it is. */
  readonly progress?: (ended: number, kills: number) => void;
}

/** Runs it once. */
export async function runKillSuite(options: KillSuiteOptions): Promise<KillFigures> {
  const startedAt = performance.now();
  const random = seededRandom(options.seed);
  const prefix = `kill-${random.seed}`;
  const keys = keyNames(prefix);
  const replyDelayMs = options.replyDelayMs ?? 20;
  const redisUrl = options.redis.url;
  const log = createTransactionLog();
  const faults = options.relayFaults === true ? relayFaults(random) : () => ({});
  const relay = await startRawRelay({
    beforeReply: async () => delay(2 * replyDelayMs * random.next()),
    onCommand: (connection, line) => log.hear(connection, line),
    onBody: (connection, moment) => log.see(connection, moment),
    script: () => ({ extensions: ['PIPELINING', '8BITMIME', 'SIZE 31457280', 'DSN'], ...faults() }),
  });
  const redis = await openRedis({ url: redisUrl, whileAway: 'wait' });
  const blocking = await openRedis({ url: redisUrl, whileAway: 'wait' });
  const producer = createProducer({ redisUrl, prefix });
  const processOptions = workerProcessOptions(redisUrl, prefix, relay);
  const { lockMs = 30_000 } = processOptions;
  const fleet = startFleet(options.workers, processOptions, random);
  const restarts = planRestarts(options, lockMs);
  // Also while it is away, which its restarts tell as well.
  const redisStoodStill: Interruption[] = [];
  const watching = new AbortController();
  const watched = watchAnswers(
    async () => redis.ping(),
    lockMs,
    (standstill) => redisStoodStill.push({ worker: undefined, ...standstill }),
    watching.signal,
  );
  // Enqueuing goes on for most of the run, so that it meets the restarts of Redis too.
  const gate = createGate(Math.max(40, Math.ceil(options.sends / 5)));
  const enqueued: Enqueued[] = [];
  const books = openBooks(redis, keys, enqueued, random);
  let sampling = Promise.resolve();
  let sampledAt = 0;
  const watch = watchOutcomes(blocking, keys, (ended) => {
    gate.advance(ended);
    restarts.look(ended);
    if (ended >= sampledAt + options.sends / samplesPerRun) {
      sampledAt = ended;
      sampling = sampling.then(async () => books.sample());
    }
    options.progress?.(ended, fleet.kills);
  });
  try {
    await fleet.ready();
    // By progress and not by time: else a slow machine does nothing but start workers. The last bit of
    // time makes the moment any moment of a transaction.
    fleet.startKilling(async (signal) => {
      const mails = Math.ceil(2 * options.killEveryMails * random.next());
      const due = relay.received.length + mails;
      await relay.waitFor(({ received }) => received.length >= due);
      const aborted = (): undefined => undefined;
      await delay(2 * replyDelayMs * random.next(), undefined, { signal }).catch(aborted);
    });
    const [, allEnded] = await Promise.all([
      enqueueSends(producer, options.sends, gate.pass, enqueued),
      watch.waitForEnded(options.sends, options.quietMs ?? 60_000),
    ]);
    await fleet.stopKilling();
    await restarts.finish();
    await sampling;
    await books.sample();
    // Jobs that a killed worker had come back after their lock, find their send ended, and go.
    if (allEnded) await swallow(jobsGone(redis, keys), 'the figures tell how many are left');
    watching.abort();
    await watched;
    const { unexpectedEnds, freezes, starved, interruptions } = await fleet.stop();
    return await addUp({
      seed: random.seed,
      durationMs: Math.round(performance.now() - startedAt),
      enqueued,
      received: relay.received,
      events: watch.events,
      kills: fleet.kills,
      freezes,
      starved,
      ...log.judge([...interruptions, ...restarts.times, ...redisStoodStill], watch.events),
      ...books.figures,
      unexpectedEnds,
      redisRestarts: restarts.done,
      redis,
      keys,
    });
  } finally {
    watching.abort();
    await fleet.stop();
    await producer.close();
    redis.disconnect();
    blocking.disconnect();
    await relay.stop();
  }
}

const samplesPerRun = 20;

async function jobsGone(redis: Redis, keys: KeyNames): Promise<void> {
  await eventually(
    async () => {
      return (await jobCounts(redis, keys)).others === 0;
    },
    { what: 'the last jobs to go', timeoutMs: 30_000 },
  );
}

/** Lets numbers pass that are less than `ahead` above what has ended. */
function createGate(ahead: number): {
  readonly pass: (number: number) => Promise<void>;
  advance(ended: number): void;
} {
  let limit = ahead;
  const waiting = new Map<number, () => void>();
  return {
    async pass(number) {
      if (number < limit) return;
      await new Promise<void>((resolve) => waiting.set(number, resolve));
    },
    advance(ended) {
      limit = ended + ahead;
      for (const [number, resolve] of waiting) {
        if (number >= limit) continue;
        waiting.delete(number);
        resolve();
      }
    },
  };
}

/**
 * Workers are back at Redis after so long; until then their commands wait. Their locks have run out
 * meanwhile, and whoever was back before them finds that within the time of a lock.
 */
const reconnectMs = 3_000;

/** Ends Redis at even distances of the run; killed at first, then in good order, and so on. */
function planRestarts(
  options: KillSuiteOptions,
  lockMs: number,
): {
  readonly done: number;
  /** When it was away. */
  readonly times: readonly Interruption[];
  look(ended: number): void;
  finish(): Promise<void>;
} {
  const wanted = options.redisRestarts ?? 0;
  let planned = 0;
  let done = 0;
  const times: Interruption[] = [];
  let turn = Promise.resolve();
  return {
    get done() {
      return done;
    },
    times,
    look(ended) {
      while (planned < wanted && ended >= ((planned + 1) * options.sends) / (wanted + 1)) {
        const signal = planned % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
        planned += 1;
        turn = turn.then(async () => {
          const from = Date.now();
          await options.redis.restart(signal);
          times.push({ worker: undefined, from, until: Date.now() + reconnectMs + lockMs });
          done += 1;
        });
      }
    },
    finish: async () => turn,
  };
}
