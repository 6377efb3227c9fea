import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { KeyNames } from '../../src/queue/key-names.ts';
import { openOutcomeReader } from '../../src/queue/outcome-stream.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import { listWorkers } from '../../src/queue/worker-registry.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';
import { workerOptions } from '../support/world.ts';

const redis = await startTestRedis();
const client = new Redis(redis.url, { maxRetriesPerRequest: null });
atEnd(() => client.disconnect());

/** A logger that resolves with the events it is asked for. */
function listeningLogger() {
  const seen: string[] = [];
  const waiters = new Set<() => void>();
  const log = (event: string): void => {
    seen.push(event);
    for (const waiter of waiters) waiter();
  };
  const logger: Logger = { ...silentLogger, debug: log, info: log, warn: log };
  return {
    logger,
    count: (event: string) => seen.filter((each) => each === event).length,
    waitFor: async (event: string, count = 1): Promise<void> => {
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (seen.filter((each) => each === event).length < count) return;
          waiters.delete(check);
          resolve();
        };
        waiters.add(check);
        check();
      });
    },
  };
}

async function sendMany({ producer }: SendWorld, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await producer.send({ ...testMail, to: `b${i}@dest.example` });
}

async function countsOf(keys: KeyNames): Promise<Readonly<Record<string, number>>> {
  const queue = createSendQueue(client, keys);
  try {
    return await queue.counts();
  } finally {
    await queue.close();
  }
}

test('a relay that is stopped and started again: jobs stay where they are, no attempt is lost', async () => {
  const { logger, waitFor } = listeningLogger();
  const world = await startSendWorld(redis.url, {}, { logger });
  await world.relay.stop();
  await sendMany(world, 200);
  await waitFor('worker-stands-still');
  const [told] = await eventually(
    async () => {
      const workers = await listWorkers(client, world.keys);
      return workers[0]?.standsStill === undefined ? undefined : workers;
    },
    { what: 'the list of workers says so' },
  );
  expect(told?.standsStill).toMatchObject({
    cause: 'routes',
    reason: expect.stringMatching(/no route takes mail now \(.*ECONNREFUSED/),
  });
  // 8 at once: those in hand when the circuit opened were moved, and what was being fetched then.
  expect((await countsOf(world.keys))['waiting']).toBeGreaterThanOrEqual(170);
  await using relay = await startRawRelay({ port: world.relay.port });
  const accepted = await world.log.waitForState('accepted', 200);
  expect(accepted.filter(({ attempt }) => attempt !== 1)).toEqual([]);
  expect(new Set(relay.received.map(({ rcptTo }) => rcptTo[0])).size).toBe(200);
  expect(relay.received).toHaveLength(200);
  expect(world.log.events).toHaveLength(200);
});

test('while the relay stays down one send at a time looks whether it is back', async () => {
  let isBusy = true;
  const relay = {
    script: () => (isBusy ? ({ replies: { greeting: '421 4.3.2 Too busy' } } as const) : {}),
  };
  const { logger, waitFor, count } = listeningLogger();
  const world = await startSendWorld(redis.url, relay, { logger });
  await sendMany(world, 60);
  await waitFor('worker-stands-still');
  const atRest = async (): Promise<number> =>
    eventually(
      async () => {
        const { active, waiting } = await countsOf(world.keys);
        return active === 0 ? waiting : undefined;
      },
      { what: 'nothing is in hand' },
    );
  const waiting = await atRest();
  const knocks = world.relay.connectionCount;
  await waitFor('worker-tries-routes');
  await world.relay.waitFor(({ connectionCount }) => connectionCount > knocks);
  // One goes with the probe, and one or two more may have been on their way.
  expect(await atRest()).toBeGreaterThanOrEqual(waiting - 3);
  expect(world.relay.connectionCount).toBe(knocks + 1);
  isBusy = false;
  const accepted = await world.log.waitForState('accepted', 60);
  expect(accepted.filter(({ attempt }) => attempt !== 1)).toEqual([]);
  expect([count('worker-stands-still'), count('worker-takes-jobs')]).toEqual([1, 1]);
});

test('what is in hand goes on meanwhile, and keeps its job', async () => {
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { logger, waitFor } = listeningLogger();
  const world = await startSendWorld(
    redis.url,
    {
      script: (connection) =>
        connection === 1 ? {} : { replies: { greeting: '421 4.3.2 Too busy' } },
      beforeReply: async () => answered,
    },
    { logger },
  );
  const { sends } = await world.producer.send(testMail);
  await world.relay.waitFor(({ received }) => received.length === 1);
  await sendMany(world, 10);
  await waitFor('worker-stands-still');
  const lock = `${world.keys.job(sends[0]?.sendId ?? ('' as never))}:lock`;
  let left = await client.pttl(lock);
  expect(left).toBeGreaterThan(0);
  for (let renewals = 0; renewals < 3;) {
    const now = await client.pttl(lock);
    expect(now).toBeGreaterThan(0);
    if (now > left) renewals += 1;
    left = now;
  }
  answer();
  const [first] = await world.log.waitForState('accepted');
  expect([first?.sendId, first?.attempt]).toEqual([sends[0]?.sendId, 1]);
  expect(world.relay.received).toHaveLength(1);
});

test('a worker that stands still can be closed, and all jobs are there', async () => {
  const { logger, waitFor } = listeningLogger();
  const world = await startSendWorld(redis.url, {}, { logger });
  await world.relay.stop();
  await sendMany(world, 40);
  await waitFor('worker-stands-still');
  await world.worker.close();
  const { waiting = 0, delayed = 0, active } = await countsOf(world.keys);
  expect([waiting + delayed, active]).toEqual([40, 0]);
  expect(await listWorkers(client, world.keys)).toEqual([]);
  expect(world.log.events).toEqual([]);
});

describe('outcome events that nobody reads', () => {
  test('stop the worker, which loses none and goes on when they have been read', async () => {
    const { logger, waitFor, count } = listeningLogger();
    const world = await startSendWorld(redis.url, {}, { logger, eventsMax: 40 });
    const { keys } = world;
    const reader = await openOutcomeReader({ redis: client, keys, group: 'history' });
    atEnd(() => reader.close());
    const seen: string[] = [];
    const readSome = async (most: number): Promise<void> => {
      const { events } = await reader.read(most, 1_000);
      seen.push(...events.map(({ event }) => event.eventId));
      // As a group of somebody else does, who knows nothing of trimming.
      if (events.length > 0) {
        await client.xack(keys.outcomes, 'history', ...events.map(({ entryId }) => entryId));
      }
    };
    await sendMany(world, 100);
    await waitFor('worker-stands-still');
    await eventually(async () => (await countsOf(keys))['active'] === 0, { what: 'it is at rest' });
    const length = await client.xlen(keys.outcomes);
    // 8 at once: those in hand came to their end, and what was being fetched then.
    expect(length).toBeGreaterThan(40);
    expect(length).toBeLessThanOrEqual(40 + 2 * 8);
    const told = async () => (await listWorkers(client, keys))[0]?.standsStill;
    const first = await eventually(told, { what: 'the list of workers says so' });
    expect(first).toMatchObject({
      cause: 'events',
      reason: expect.stringMatching(/^\d+ outcome events wait to be read, more than 40$/),
    });
    // Below the limit, and not a fifth below it.
    await readSome(length - 36);
    await eventually(async () => ((await told())?.until ?? 0) > first.until + 2_000, {
      what: 'it has counted again',
    });
    expect([await client.xlen(keys.outcomes), count('worker-takes-jobs')]).toEqual([36, 0]);
    while (seen.length < 100) await readSome(100);
    expect(new Set(seen).size).toBe(100);
    expect(world.relay.received).toHaveLength(100);
    expect(count('worker-takes-jobs')).toBeGreaterThan(0);
  });

  test('keep a worker that begins from taking jobs', async () => {
    const first = await startSendWorld(redis.url);
    await sendMany(first, 5);
    await first.log.waitForState('accepted', 5);
    await first.worker.close();
    await sendMany(first, 3);
    const { logger, waitFor } = listeningLogger();
    const { prefix, keys, log } = first;
    const options = workerOptions(redis.url, first.relay, { prefix, logger, eventsMax: 4 });
    const second = await createWorker({ ...options, onOutcome: log.listen });
    atEnd(() => second.close());
    await waitFor('worker-stands-still');
    await waitFor('worker-ready');
    expect((await countsOf(keys))['waiting']).toBe(3);
    const reader = await openOutcomeReader({ redis: client, keys, group: 'history' });
    atEnd(() => reader.close());
    const { events } = await reader.read(10, 1_000);
    await reader.acknowledge(events.map(({ entryId }) => entryId));
    await log.waitForState('accepted', 8);
  });
});
