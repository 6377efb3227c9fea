import { expect, test } from '@jest/globals';
import { backoffMs } from '../../src/runtime/backoff.ts';
import { seededRandom } from '../support/seed.ts';

test('doubles from the base and stops at the cap', () => {
  const plan = { baseMs: 60_000, capMs: 3_600_000, jitter: 0 };
  const minutes = [1, 2, 3, 6, 7, 1_000_000].map((attempt) => backoffMs(plan, attempt, 0) / 60_000);
  expect(minutes).toEqual([1, 2, 4, 32, 60, 60]);
});

test('takes another factor', () => {
  const plan = { baseMs: 10, capMs: 10_000, factor: 3, jitter: 0 };
  expect([1, 2, 3].map((attempt) => backoffMs(plan, attempt, 0))).toEqual([10, 30, 90]);
});

test('spreads by a fifth to either side, also at the cap', () => {
  const plan = { baseMs: 1_000, capMs: 1_000 };
  expect([0, 0.5, 1].map((random) => backoffMs(plan, 9, random))).toEqual([800, 1_000, 1_200]);
});

test('is a whole number of at least 1, whatever is given', () => {
  const random = seededRandom();
  for (let round = 0; round < 1_000; round += 1) {
    const plan = {
      baseMs: random.next() * 10,
      capMs: random.next() * 1_000,
      jitter: random.next(),
    };
    const ms = backoffMs(plan, random.integer(100) - 2, random.next());
    expect(Number.isSafeInteger(ms) && ms >= 1).toBe(true);
  }
});
