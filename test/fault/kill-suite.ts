/**
 * Sends mail through worker processes that are killed at random moments, and adds up what happened.
 *
 * - A relay counts a mail as received when its final dot has come, answered or not. On request it
 *   closes, hangs and defers at random, and Redis is killed or restarted in between.
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
import { enqueueSends } from './enqueue-sends.ts';
import { jobCounts } from './job-counts.ts';
import { watchOutcomes } from './outcome-watch.ts';
import { relayFaults } from './relay-faults.ts';
import { workerProcessOptions } from './process-options.ts';
import { startFleet } from './worker-fleet.ts';

/** What {@link runKillSuite} takes. */
export interface KillSuiteOptions {
  readonly redis: Pick<TestRedis, 'url' | 'restart'>;
  readonly sends: number;
  readonly workers: number;
  /** Mean time from one kill to the next, in milliseconds. */
  readonly killEveryMs: number;
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
  const relay = await startRawRelay({
    beforeReply: async () => delay(2 * replyDelayMs * random.next()),
    ...(options.relayFaults === true ? { script: relayFaults(random) } : {}),
  });
  const redis = await openRedis({ url: redisUrl, whileAway: 'wait' });
  const blocking = await openRedis({ url: redisUrl, whileAway: 'wait' });
  const producer = createProducer({ redisUrl, prefix });
  const fleet = startFleet(options.workers, workerProcessOptions(redisUrl, prefix, relay), random);
  const restarts = planRestarts(options);
  // Enqueuing goes on for most of the run, so that it meets the restarts of Redis too.
  const gate = createGate(Math.max(40, Math.ceil(options.sends / 5)));
  const watch = watchOutcomes(blocking, keys, (ended) => {
    gate.advance(ended);
    restarts.look(ended);
    options.progress?.(ended, fleet.kills);
  });
  try {
    await fleet.ready();
    fleet.startKilling(options.killEveryMs);
    const [enqueued, allEnded] = await Promise.all([
      enqueueSends(producer, options.sends, gate.pass),
      watch.waitForEnded(options.sends, options.quietMs ?? 60_000),
    ]);
    await fleet.stopKilling();
    await restarts.finish();
    // Jobs that a killed worker had come back after their lock, find their send ended, and go.
    if (allEnded) await swallow(jobsGone(redis, keys), 'the figures tell how many are left');
    const { unexpectedEnds } = await fleet.stop();
    return await addUp({
      seed: random.seed,
      durationMs: Math.round(performance.now() - startedAt),
      enqueued,
      received: relay.received,
      events: watch.events,
      kills: fleet.kills,
      unexpectedEnds,
      redisRestarts: restarts.done,
      redis,
      keys,
    });
  } finally {
    await fleet.stop();
    await producer.close();
    redis.disconnect();
    blocking.disconnect();
    await relay.stop();
  }
}

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

/** Ends Redis at even distances of the run; killed at first, then in good order, and so on. */
function planRestarts(options: KillSuiteOptions): {
  readonly done: number;
  look(ended: number): void;
  finish(): Promise<void>;
} {
  const wanted = options.redisRestarts ?? 0;
  let planned = 0;
  let done = 0;
  let turn = Promise.resolve();
  return {
    get done() {
      return done;
    },
    look(ended) {
      while (planned < wanted && ended >= ((planned + 1) * options.sends) / (wanted + 1)) {
        const signal = planned % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
        planned += 1;
        turn = turn.then(async () => {
          await options.redis.restart(signal);
          done += 1;
        });
      }
    },
    finish: async () => turn,
  };
}
