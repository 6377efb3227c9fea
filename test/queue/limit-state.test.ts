import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState, openMaxOf, recoveredAt } from '../../src/queue/limit-state.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const state = createLimitState(redis, keys);

afterEach(async () => {
  await redis.flushall();
});

test('a slowed key stops, comes back one send after the other, and is as before', async () => {
  const plan = { pauseMs: 600_000, stepMs: 60_000, stepCount: 3 };
  const slowed = await state.slowDown('provider/main/gmail', plan);
  const { redisNow, slowed: all } = await state.read();
  expect(all.get('provider/main/gmail')).toEqual(slowed);
  const { notBefore } = slowed;
  expect(notBefore - redisNow).toBeGreaterThan(590_000);
  expect(notBefore - redisNow).toBeLessThanOrEqual(600_000);
  const at = (ms: number) => openMaxOf(slowed, notBefore + ms);
  expect([-1, 0, 59_999, 60_000, 120_000].map(at)).toEqual([0, 1, 1, 2, 3]);
  expect(recoveredAt(slowed)).toBe(notBefore + 180_000);
});

test('replies while it stands still are the same trouble; on the way back it is a new one', async () => {
  // Long enough that a busy machine asks again within the pause.
  const plan = { pauseMs: 1_000, stepMs: 5_000, stepCount: 2 };
  const first = await state.slowDown('k', plan);
  expect((await state.slowDown('k', { ...plan, pauseMs: 5 })).notBefore).toBe(first.notBefore);
  expect((await state.slowDown('k', { ...plan, pauseMs: 1_100 })).strikes).toBe(0);
  await eventually(async () => (await state.read()).redisNow > first.notBefore + 1_100, {
    what: 'the end of the pause',
  });
  const second = await state.slowDown('k', { ...plan, pauseMs: 1_000 });
  expect(second.strikes).toBe(1);
  expect(second.notBefore - first.notBefore).toBeGreaterThan(1_900);
});

test('what has recovered is forgotten', async () => {
  const slowed = await state.slowDown('k', { pauseMs: 5, stepMs: 5, stepCount: 1 });
  await eventually(async () => (await state.read()).redisNow > recoveredAt(slowed) + 1, {
    what: 'its recovery',
  });
  expect((await state.read()).slowed.size).toBe(0);
  expect(await redis.exists(`${keys.limits}:slow`)).toBe(0);
  expect((await state.slowDown('k', { pauseMs: 5, stepMs: 5, stepCount: 1 })).strikes).toBe(0);
});

test('a slow-down can be ended by hand', async () => {
  await state.slowDown('k', { pauseMs: 60_000, stepMs: 5, stepCount: 1 });
  await state.endSlowDown('k');
  expect((await state.read()).slowed.size).toBe(0);
});

test('overrides are read as they were set, and taken away; strange ones are named', async () => {
  const override = { windows: [{ sendsMax: 5, perMs: 1_000 }], openMax: null };
  await state.override('gmail', override);
  await redis.hset(
    `${keys.limits}:override`,
    'broken',
    '{',
    'wrong',
    '{"windows":[{"sendsMax":0}]}',
  );
  const reading = await state.read();
  expect(reading.overrides.get('gmail')).toEqual(override);
  expect(reading.unreadable.toSorted()).toEqual(['broken', 'wrong']);
  await state.override('gmail', undefined);
  expect((await state.read()).overrides.size).toBe(0);
});

describe('for something that came back later', () => {
  const plan = { pauseMs: 60_000, stepMs: 60_000, stepCount: 3 };
  const cause = (name: string, sentAt = Date.now() - 1_000) => ({ name, sentAt });

  test('a key is slowed by the first cause; the others belong to the same trouble', async () => {
    expect(await state.slowDownLater('k', plan, cause('one'))).toBe(true);
    const before = (await state.read()).slowed.get('k');
    expect(before).toMatchObject({ strikes: 0, stepMs: 60_000, stepCount: 3 });
    expect(await state.slowDownLater('k', { ...plan, pauseMs: 90_000 }, cause('two'))).toBe(false);
    expect((await state.read()).slowed.get('k')).toEqual(before);
  });

  test('what was sent on the way back is a new trouble', async () => {
    const first = await state.slowDown('k', { pauseMs: 1, stepMs: 60_000, stepCount: 3 });
    await eventually(async () => (await state.read()).redisNow > first.notBefore + 1, {
      what: 'the end of the pause',
    });
    expect(await state.slowDownLater('k', plan, cause('old', first.notBefore))).toBe(false);
    expect(await state.slowDownLater('k', plan, cause('new', first.notBefore + 1))).toBe(true);
    expect((await state.read()).slowed.get('k')).toMatchObject({ strikes: 1 });
  });

  test('each cause slows down once, also when the key has long recovered', async () => {
    expect(await state.slowDownLater('k', plan, cause('one'))).toBe(true);
    await state.endSlowDown('k');
    expect(await state.slowDownLater('k', plan, cause('one'))).toBe(false);
    expect((await state.read()).slowed.size).toBe(0);
    expect(await redis.pttl(keys.slowDownCause('one'))).toBeGreaterThan(6 * 86_400_000);
  });
});
