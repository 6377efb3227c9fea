import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { workerOptions } from '../support/world.ts';
import { jobCounts } from './job-counts.ts';
import { brokenPromises } from './kill-figures.ts';
import { startProcessWorld } from './process-world.ts';

describe.each(['SIGTERM', 'SIGKILL'] as const)('Redis ended by %s under load', (signal) => {
  test('comes back: the same worker and producer go on, nothing is lost', async () => {
    const redis = await startTestRedis();
    const world = await startProcessWorld(redis.url, { beforeReply: async () => delay(50) });
    const worker = await createWorker(
      workerOptions(redis.url, world.relay, { prefix: world.prefix }),
    );
    atEnd(async () => worker.close());
    const sends = await world.enqueue(60);
    await world.relay.waitFor(({ received }) => received.length >= 10);
    await redis.restart(signal);
    expect(await world.watch.waitForEnded(60, 20_000)).toBe(true);
    // More mail through the same connections, and a second time.
    const more = await world.enqueue(70);
    const ids = new Set(more.map(({ sendId }) => sendId));
    // Keys are honoured: the first 60 are the same sends.
    expect(sends.every(({ sendId }) => ids.has(sendId))).toBe(true);
    expect(ids.size).toBe(70);
    await redis.restart(signal);
    expect(await world.watch.waitForEnded(70, 20_000)).toBe(true);
    await eventually(async () => (await jobCounts(world.redis, world.keys)).others === 0, {
      what: 'the last jobs to go',
      timeoutMs: 20_000,
    });
    const figures = await world.addUp(more);
    expect(brokenPromises(figures)).toEqual([]);
    expect(figures.byState.accepted).toBe(70);
  });
});

test('Redis stays away: close() is bounded, and the next worker finishes the work', async () => {
  const redis = await startTestRedis();
  const world = await startProcessWorld(redis.url, { beforeReply: async () => delay(100) });
  const options = workerOptions(redis.url, world.relay, { prefix: world.prefix, drainMs: 500 });
  const worker = await createWorker(options);
  atEnd(async () => worker.close());
  const sends = await world.enqueue(30);
  await world.relay.waitFor(({ received }) => received.length >= 5);
  await redis.stop('SIGKILL');
  const from = performance.now();
  await worker.close();
  expect(performance.now() - from).toBeLessThan(500 + 5_000 + 2_000);
  await redis.start();
  const next = await createWorker(options);
  atEnd(async () => next.close());
  expect(await world.watch.waitForEnded(30, 20_000)).toBe(true);
  await eventually(async () => (await jobCounts(world.redis, world.keys)).others === 0, {
    what: 'the last jobs to go',
    timeoutMs: 20_000,
  });
  expect(brokenPromises(await world.addUp(sends))).toEqual([]);
});

test('Redis absent at the start: REDIS_UNAVAILABLE that says what to do, no hang', async () => {
  const socket = join(temporaryFolder(), 'nobody.sock');
  const relay = { host: '127.0.0.1', port: 1 };
  const from = performance.now();
  await expect(createWorker(workerOptions(socket, relay))).rejects.toMatchObject({
    code: 'REDIS_UNAVAILABLE',
    message: expect.stringMatching(/nobody\.sock.*run `onbehalf up` or set REDIS_URL/),
  });
  expect(performance.now() - from).toBeLessThan(8_000);
});
