import { Redis } from 'ioredis';
import { createProducer, type Producer } from '../../src/producer/index.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { createLedger, type LedgerEntry } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawRelay, type RawRelayOptions } from '../support/raw-relay.ts';
import { enqueueSends, type Enqueued } from './enqueue-sends.ts';
import { addUp, type KillFigures } from './kill-figures.ts';
import { watchOutcomes, type OutcomeWatch } from './outcome-watch.ts';
import { workerProcessOptions } from './process-options.ts';
import { spawnWorker, type WorkerProcess, type WorkerProcessOptions } from './spawn-worker.ts';
import type { SendId } from '../../src/mail/ids.ts';

/** A relay, a producer and a view of Redis, for worker processes that a test starts and ends. */
export interface ProcessWorld {
  readonly relay: RawRelay;
  readonly producer: Producer;
  readonly keys: KeyNames;
  readonly redis: Redis;
  readonly watch: OutcomeWatch;
  readonly prefix: string;
  /** Starts a worker process and waits until it takes jobs. */
  startWorker(more?: Partial<WorkerProcessOptions>): Promise<WorkerProcess>;
  enqueue(count: number): Promise<readonly Enqueued[]>;
  /** The ledgers of sends, in their order. */
  ledgers(sends: readonly Enqueued[]): Promise<readonly LedgerEntry[]>;
  /** What came of these sends, all in all. */
  addUp(sends: readonly Enqueued[]): Promise<KillFigures>;
}

let worlds = 0;

/** Starts one under a prefix of its own; closed, and its workers ended, at the end of the file. */
export async function startProcessWorld(
  redisUrl: string,
  relayOptions: RawRelayOptions = {},
): Promise<ProcessWorld> {
  worlds += 1;
  const prefix = `fault-${worlds}`;
  const keys = keyNames(prefix);
  const relay = await startRawRelay(relayOptions);
  atEnd(async () => relay.stop());
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  atEnd(() => redis.disconnect());
  const blocking = redis.duplicate();
  blocking.on('error', () => undefined);
  atEnd(() => blocking.disconnect());
  const watch = watchOutcomes(blocking, keys);
  const producer = createProducer({ redisUrl, prefix });
  atEnd(async () => producer.close());
  const options = workerProcessOptions(redisUrl, prefix, relay);
  const ledger = createLedger(redis, keys);
  return {
    relay,
    producer,
    keys,
    redis,
    watch,
    prefix,
    async startWorker(more = {}) {
      const worker = spawnWorker({ ...options, ...more });
      atEnd(async () => worker.end('SIGKILL'));
      const said = await worker.started;
      if (said?.kind === 'ready') return worker;
      throw new Error(`the worker did not start: ${worker.lastLines()}`);
    },
    enqueue: async (count) => enqueueSends(producer, count, async () => undefined),
    ledgers: async (sends) =>
      Promise.all(sends.map(async ({ sendId }) => ledger.read(sendId as SendId))),
    addUp: async (enqueued) =>
      addUp({
        seed: 0,
        kills: 0,
        freezes: 0,
        starved: 0,
        openWhenInterrupted: 0,
        openMost: 0,
        uncertainByInterruption: 0,
        uncertainUninterrupted: [],
        booksSamples: 0,
        booksComplete: 0,
        booksLooked: 0,
        booksUnbalanced: 0,
        astray: [],
        redisRestarts: 0,
        unexpectedEnds: [],
        durationMs: 0,
        enqueued,
        received: relay.received,
        events: watch.events,
        redis,
        keys,
      }),
  };
}
