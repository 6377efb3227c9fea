import { expect, test } from '@jest/globals';
import { createRedisTime } from '../../src/worker/throttle-time.ts';
import { seededRandom } from '../support/seed.ts';

test('the bounds hold the true time, and close up on it', () => {
  const random = seededRandom();
  let local = 0;
  const difference = 1_700_000_000_000 + random.next();
  const time = createRedisTime(() => local);
  expect([time.earliest(), time.latest()]).toEqual([0, Infinity]);
  for (let n = 0; n < 500; n++) {
    const askedAt = local;
    const there = askedAt + random.next() * 20;
    local = there + random.next() * 20;
    time.sample(askedAt, local, there + difference);
    local += random.next() * 200;
    expect(time.earliest()).toBeLessThanOrEqual(local + difference);
    expect(time.latest()).toBeGreaterThanOrEqual(local + difference);
  }
  expect(time.latest() - time.earliest()).toBeLessThan(10);
});

test('a clock that was set is followed', () => {
  let local = 1_000;
  const time = createRedisTime(() => local);
  time.sample(999, 1_000, 50_000);
  local = 2_000;
  time.sample(1_999, 2_000, 10_000);
  expect(time.earliest()).toBeCloseTo(10_000, 0);
  local = 3_000;
  expect(time.latest()).toBeGreaterThanOrEqual(11_000);
  expect(time.latest()).toBeLessThan(11_003);
});
