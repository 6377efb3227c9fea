import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { createSendQueue, type SendQueue } from '../../src/queue/send-queue.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleEvent, sampleJob } from './sample-send.ts';

const server = await startTestRedis();
let queues = 0;

function newQueue(): { keys: KeyNames; redis: Redis; queue: SendQueue } {
  queues += 1;
  const keys = keyNames(`queue${queues}`);
  const redis = new Redis(server.url, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  atEnd(() => redis.disconnect());
  const queue = createSendQueue(redis, keys);
  atEnd(async () => queue.close());
  return { keys, redis, queue };
}

const some = (count: number) => Array.from({ length: count }, () => sampleJob());

async function jobsThere(redis: Redis, keys: KeyNames): Promise<number> {
  const names = await redis.keys(`${keys.bullPrefix}:${keys.sendQueue}:*`);
  return names.filter((name) => /:[a-z2-7]{26}$/.test(name)).length;
}

describe('addAll', () => {
  test('adds jobs under their send ids, due now or later', async () => {
    const { queue } = newQueue();
    const now = Date.now();
    await queue.addAll([sampleJob({ sendAt: now }), sampleJob({ sendAt: now + 60_000 })], now);
    expect(await queue.counts()).toMatchObject({ waiting: 1, delayed: 1, active: 0, failed: 0 });
  });

  test('leaves jobs alone that are there', async () => {
    const { queue, redis, keys } = newQueue();
    const jobs = some(3);
    await queue.addAll(jobs.slice(0, 2), Date.now());
    await Promise.all([queue.addAll(jobs, Date.now()), queue.addAll(jobs, Date.now())]);
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
    expect(await jobsThere(redis, keys)).toBe(3);
  });

  test('a job is a few hundred bytes', async () => {
    const { queue, redis, keys } = newQueue();
    const job = sampleJob();
    await queue.addAll([job], Date.now());
    const key = `${keys.bullPrefix}:${keys.sendQueue}:${job.sendId}`;
    const stored = Object.entries(await redis.hgetall(key))
      .flat()
      .join('');
    expect(stored).toContain(job.recipient);
    expect(Buffer.byteLength(stored)).toBeLessThan(600);
  });

  test('is not disturbed by jobs that are done already', async () => {
    const { queue, redis, keys } = newQueue();
    const [done, fresh] = [sampleJob(), sampleJob()];
    await createLedger(redis, keys).record(done, sampleEvent(done, 1));
    await queue.addAll([done, fresh], Date.now());
    expect(await jobsThere(redis, keys)).toBe(2);
  });
});

describe('all or none', () => {
  test('when the memory of Redis is full', async () => {
    const { queue, redis, keys } = newQueue();
    await queue.addAll(some(1), Date.now());
    const before = await jobsThere(redis, keys);
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(queue.addAll(some(50), Date.now())).rejects.toMatchObject({
        code: 'REDIS_UNSUITABLE',
        message: expect.stringMatching(/nothing was enqueued. Check its memory/),
      });
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await jobsThere(redis, keys)).toBe(before);
    await queue.addAll(some(2), Date.now());
    expect(await jobsThere(redis, keys)).toBe(before + 2);
  });

  test('when the memory gets full in between', async () => {
    const { queue, redis, keys } = newQueue();
    await queue.addAll(some(1), Date.now());
    let refused = 0;
    try {
      // A little room: with luck some jobs find place and others do not.
      for (const roomBytes of [5_000, 20_000, 40_000, 60_000, 80_000]) {
        const before = await jobsThere(redis, keys);
        // Asked each time: what a connection no longer needs is given back at some time.
        const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
        await redis.config('SET', 'maxmemory', String(used + roomBytes));
        const added = await queue.addAll(some(50), Date.now()).then(
          () => 50,
          () => 0,
        );
        await redis.config('SET', 'maxmemory', '0');
        if (added === 0) refused += 1;
        expect(await jobsThere(redis, keys)).toBe(before + added);
      }
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(refused).toBeGreaterThan(0);
  });

  test('when the connection is cut: the same call again finishes or repeats it', async () => {
    const { queue, redis, keys } = newQueue();
    const killer = new Redis(server.url);
    atEnd(() => killer.disconnect());
    const id = await redis.client('ID');
    for (let round = 0; round < 20; round += 1) {
      const jobs = some(20);
      const before = await jobsThere(redis, keys);
      const adding = queue.addAll(jobs, Date.now()).catch(() => undefined);
      await Promise.all([adding, killer.client('KILL', 'ID', id).catch(() => 0)]);
      expect([before, before + 20]).toContain(await jobsThere(redis, keys));
      await queue.addAll(jobs, Date.now());
      expect(await jobsThere(redis, keys)).toBe(before + 20);
    }
  });
});

test('close() may come before anything, and twice', async () => {
  const { queue, redis } = newQueue();
  await queue.close();
  await queue.close();
  // The connection is not the queue's to close.
  expect(await redis.ping()).toBe('PONG');
});
