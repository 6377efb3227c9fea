import { expect, test } from '@jest/globals';
import '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { brokenPromises } from './kill-figures.ts';
import { runKillSuite } from './kill-suite.ts';

const redis = await startTestRedis();

test('workers killed at random lose nothing and repeat only what is uncertain', async () => {
  const figures = await runKillSuite({
    redis,
    sends: 300,
    workers: 3,
    killEveryMails: 40,
    redisRestarts: 2,
    relayFaults: true,
    replyDelayMs: 150,
  });
  process.stderr.write(`${JSON.stringify(figures)}\n`);
  expect(brokenPromises(figures)).toEqual([]);
  expect(figures).toMatchObject({ enqueued: 300, redisRestarts: 2 });
  // Only what was active in three killed workers is held, and that is rare.
  expect(figures.byState.held).toBeLessThan(15);
  // The run must have been worth something.
  expect(figures.kills).toBeGreaterThanOrEqual(3);
  expect(figures.freezes).toBeGreaterThanOrEqual(1);
  expect(figures.uncertain).toBeGreaterThan(0);
  expect(figures.booksSamples).toBeGreaterThan(10);
}, 120_000);
