import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames } from '../../src/queue/key-names.ts';
import { listWorkers, startHeartbeat } from '../../src/queue/worker-registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { tellOfWorker } from '../../src/worker/tell-of-worker.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames('registry');
const logger = silentLogger;
const main = {
  route: 'main',
  state: 'open',
  since: 1,
  reason: 'ECONNREFUSED',
  inHand: 0,
  workedCount: 0,
  failedCount: 7,
} as const;

test('workers are listed while they live, with what they tell', async () => {
  let told = 0;
  let tellTwice: () => void = () => undefined;
  const twice = new Promise<void>((resolve) => {
    tellTwice = resolve;
  });
  const first = startHeartbeat({
    redis,
    keys,
    clock: systemClock,
    logger,
    worker: { id: 'one', pid: 11, host: 'a' },
    everyMs: 20,
    note: () => {
      told += 1;
      if (told === 3) tellTwice();
      return { inHand: 3, concurrency: 40, ended: { accepted: told * 5, deferred: 1 } };
    },
  });
  await twice;
  const second = startHeartbeat({
    redis,
    keys,
    clock: systemClock,
    logger,
    worker: { id: 'two', pid: 12, host: 'b' },
    note: () => ({ inHand: 0, concurrency: 1, ended: {}, routes: [main] }),
  });
  while ((await listWorkers(redis, keys)).length < 2) await redis.ping();
  const [one, two] = await listWorkers(redis, keys);
  expect(one).toMatchObject({ id: 'one', pid: 11, host: 'a', inHand: 3, concurrency: 40 });
  expect(one?.rate).toBeGreaterThan(0);
  expect(two).toMatchObject({ id: 'two', rate: 0, routes: [main] });
  await Promise.all([first.stop(), second.stop()]);
  expect(await listWorkers(redis, keys)).toEqual([]);
  expect(await redis.exists(keys.workers, keys.workerNotes)).toBe(0);
});

test('one that is silent is not listed any more', async () => {
  const beat = startHeartbeat({
    redis,
    keys,
    clock: systemClock,
    logger,
    worker: { id: 'dead', pid: 1, host: 'a' },
    note: () => ({ inHand: 0, concurrency: 1, ended: {} }),
  });
  while ((await listWorkers(redis, keys)).length === 0) await redis.ping();
  // As if its last heartbeat were long ago.
  await redis.zadd(keys.workers, 1, 'dead');
  expect(await listWorkers(redis, keys)).toEqual([]);
  await beat.stop();
});

test('stopping does not wait for a Redis that is away', async () => {
  const away = new Redis('/nowhere/redis.sock', {
    maxRetriesPerRequest: null,
    disconnectTimeout: 100,
  });
  away.on('error', () => undefined);
  atEnd(() => away.disconnect());
  const beat = startHeartbeat({
    redis: away,
    keys,
    clock: systemClock,
    logger,
    worker: { id: 'x', pid: 1, host: 'a' },
    note: () => ({ inHand: 0, concurrency: 1, ended: {} }),
  });
  const begun = Date.now();
  await beat.stop();
  expect(Date.now() - begun).toBeLessThan(3_000);
});

test('a worker tells how its attempts ended', async () => {
  const worker = tellOfWorker({
    redis,
    keys,
    clock: systemClock,
    logger,
    concurrency: 9,
    inHand: () => 2,
    routes: () => [main],
  });
  worker.count({ result: 'accepted', state: 'accepted' });
  worker.count({ result: 'deferred', state: 'waiting' });
  worker.count({ state: 'expired' });
  const seen = async () => (await listWorkers(redis, keys))[0];
  while ((await seen())?.lastEndAt === undefined) await redis.ping();
  expect(await seen()).toMatchObject({
    pid: process.pid,
    concurrency: 9,
    inHand: 2,
    ended: { accepted: 1, deferred: 1, expired: 1 },
    routes: [main],
  });
  await worker.stop();
  expect(await seen()).toBeUndefined();
});
