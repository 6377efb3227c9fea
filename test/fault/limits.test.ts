import { expect, test } from '@jest/globals';
import { startTestRedis } from '../support/redis.ts';
import { mostWithin } from '../queue/most-within.ts';
import { runLimitsFleet, shareUsed } from './limits-fleet.ts';

const redis = await startTestRedis();

test('three processes, one of them killed, never go above a limit, and the rest is not held up', async () => {
  const figures = await runLimitsFleet({
    redisUrl: redis.url,
    processes: 3,
    concurrency: 20,
    sends: { gmail: 110, yahoo: 60, other: 300 },
    rules: [
      {
        name: 'gmail',
        provider: 'gmail',
        windows: [
          { sendsMax: 20, perMs: 500 },
          { sendsMax: 60, perMs: 2_000 },
        ],
      },
      { name: 'yahoo', provider: 'yahoo', openMax: 3 },
    ],
    sendMs: 10,
    killAfter: 40,
  });
  const gmail = figures.passed.get('gmail') ?? [];
  expect(mostWithin(gmail, 500)).toBeLessThanOrEqual(20);
  expect(mostWithin(gmail, 2_000)).toBeLessThanOrEqual(60);
  // How much of a limit is used depends on what else the machine does: told, not tested.
  const share = Math.round(shareUsed(gmail, 60, 2_000) * 100);
  const { moves, lates } = figures;
  process.stderr.write(`limits: ${share} % used, ${moves} moves, ${lates} late\n`);
  // On their way for 10 ms each: at no moment more than three.
  expect(mostWithin(figures.passed.get('yahoo') ?? [], 9)).toBeLessThanOrEqual(3);
  // The killed process had some in hand, which went again.
  for (const [provider, count] of [
    ['gmail', 110],
    ['yahoo', 60],
    ['other', 300],
  ] as const) {
    expect(figures.seen.get(provider)?.length).toBeGreaterThanOrEqual(count);
  }
}, 120_000);
