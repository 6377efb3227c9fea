import { once } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { breakerRuleOf, defaultBreakerRule } from '../../src/queue/breaker-rule.ts';
import {
  breakerText,
  closeBreaker,
  countAttempts,
  noteFeedback,
  readBreakers,
  type FeedbackCounts,
} from '../../src/queue/breakers.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createTrippedBreakers } from '../../src/queue/tripped-breakers.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames('breakers');
const rule = defaultBreakerRule;
const jane = 'default/sender/jane@acme.example';
const hourMs = 3_600_000;

beforeEach(async () => {
  await redis.flushall();
});

async function redisNow(): Promise<number> {
  const [seconds] = await redis.time();
  return Number(seconds) * 1000;
}
const count = async (name: string, counts: Partial<FeedbackCounts>) =>
  countAttempts(
    redis,
    keys,
    new Map([[name, { attempts: 0, accepted: 0, spamRefusals: 0, ...counts }]]),
    rule,
  );
let notices = 0;
const complain = async (more: { noticeId?: string; at?: number; campaign?: string } = {}) => {
  notices += 1;
  const about = { tenant: 'default', sender: 'Jane@acme.example', at: await redisNow() };
  return noteFeedback(
    redis,
    keys,
    { ...about, what: 'complaint', noticeId: `n${notices}`, ...more },
    rule,
  );
};
const tripped = async () => (await readBreakers(redis, keys)).tripped.map(({ name }) => name);

describe('a breaker', () => {
  test('trips at 0.3 % complaints of accepted mails, and tells it once', async () => {
    await count(jane, { attempts: 1700, accepted: 1667 });
    for (let n = 0; n < 5; n += 1) expect(await complain()).toEqual([]);
    // 6 of 1,667 is above, 5 were below.
    const before = await redisNow();
    const told = await complain();
    expect(told).toEqual([
      { name: jane, cause: 'complaints', count: 6, of: 1667, since: expect.any(Number) },
    ]);
    expect(told[0]?.since).toBeGreaterThanOrEqual(before);
    expect(told.map(breakerText)).toEqual([
      'mail of default/sender/jane@acme.example is held: 6 complaints of 1667 accepted mails in 24 h (0.36 %)',
    ]);
    expect(await complain()).toEqual([]);
    expect((await readBreakers(redis, keys)).tripped).toEqual(told);
  });

  test.each([
    ['complaints', 4, 500, 0],
    ['complaints', 5, 499, 0],
    ['complaints', 5, 500, 1],
  ])('for %s: %i of %i accepted mails trip %i', async (_what, complaints, accepted, trips) => {
    await count(jane, { attempts: accepted, accepted });
    for (let n = 0; n < complaints; n += 1) await complain();
    expect(await tripped()).toHaveLength(trips);
  });

  test.each([
    [19, 300, 0],
    [20, 199, 0],
    [20, 401, 0],
    [20, 400, 1],
  ])('for %i refusals as spam of %i attempts trips %i', async (spamRefusals, attempts, trips) => {
    await count(jane, { attempts: attempts - 1, accepted: attempts - 1 });
    expect(await count(jane, { attempts: 1, spamRefusals })).toHaveLength(trips);
    expect(await tripped()).toHaveLength(trips);
  });

  test('counts the same notice once, against the sender and the campaign', async () => {
    const spring = 'default/campaign/spring';
    await count(jane, { attempts: 10_000, accepted: 10_000 });
    await count(spring, { attempts: 600, accepted: 600 });
    const all = [];
    for (const noticeId of ['a', 'b', 'a', 'c', 'b', 'd', 'a', 'e', 'e']) {
      all.push(await complain({ noticeId, campaign: 'spring' }));
    }
    expect(all.flat()).toMatchObject([{ name: spring, count: 5, of: 600 }]);
    expect(all.findIndex((each) => each.length > 0)).toBe(7);
  });

  test('looks at the last 24 hours only', async () => {
    const hour = Math.floor((await redisNow()) / hourMs);
    const counts = keys.feedbackCounts(jane);
    await redis.hset(counts, {
      [`${hour - 24}a`]: 600,
      [`${hour - 24}c`]: 10,
      [`${hour - 30}t`]: 1,
    });
    await complain({ at: (await redisNow()) - 25 * hourMs });
    await count(jane, { attempts: 1 });
    expect(await tripped()).toEqual([]);
    expect(await redis.hgetall(counts)).toEqual({ [`${hour}t`]: '1' });
    await redis.hset(counts, { [`${hour - 22}a`]: 600 });
    const at = (await redisNow()) - 22 * hourMs;
    for (let n = 0; n < 5; n += 1) await complain({ at });
    expect(await tripped()).toEqual([jane]);
    expect(await redis.pttl(counts)).toBeGreaterThan(24 * hourMs);
  });

  test('that was reset counts anew', async () => {
    await count(jane, { attempts: 200, spamRefusals: 40 });
    expect(await tripped()).toEqual([jane]);
    expect(await closeBreaker(redis, keys, jane)).toBe(true);
    expect(await closeBreaker(redis, keys, jane)).toBe(false);
    expect(await count(jane, { attempts: 200, spamRefusals: 1 })).toEqual([]);
    expect(await tripped()).toEqual([]);
    expect(await count(jane, { attempts: 100, spamRefusals: 30 })).toHaveLength(1);
  });
});

test('what a worker knows follows each change, and is asked for then only', async () => {
  const own = new Redis(url);
  atEnd(() => own.disconnect());
  const known = createTrippedBreakers(own, keys);
  const subject = { tenant: 'default', sender: 'jane@acme.example' };
  const version = async () => (await readBreakers(redis, keys)).version;
  await own.ping();
  const leave = async (): Promise<void> => {
    const end = once(own, 'end');
    own.disconnect();
    await end;
  };
  await leave();
  // Nothing has changed: it is not asked for, which would fail.
  expect(await known.holding(0, subject)).toBeUndefined();
  await count(jane, { attempts: 200, spamRefusals: 40 });
  await own.connect();
  const { tripped: all } = await readBreakers(redis, keys);
  const both = [known.holding(await version(), subject), known.holding(await version(), subject)];
  expect(await Promise.all(both)).toEqual([all[0], all[0]]);
  await leave();
  expect(await known.holding(await version(), { ...subject, campaign: 'x' })).toEqual(all[0]);
  expect(await known.holding(await version(), { ...subject, tenant: 'b' })).toBeUndefined();
  await own.connect();
  await closeBreaker(redis, keys, jane);
  expect(await known.holding(await version(), subject)).toBeUndefined();
});

test('many senders are counted in several calls', async () => {
  const names = Array.from({ length: 250 }, (_, n) => `default/sender/s${n}@acme.example`);
  const counts = new Map(
    names.map((name, n) => [
      name,
      { attempts: 200, accepted: 0, spamRefusals: n % 50 === 49 ? 20 : 19 },
    ]),
  );
  const told = await countAttempts(redis, keys, counts, { ...rule });
  const expected = [49, 99, 149, 199, 249].map((n) => `default/sender/s${n}@acme.example`);
  expect(told.map(({ name }) => name)).toEqual(expected);
  expect((await tripped()).toSorted()).toEqual(expected.toSorted());
  expect(await redis.keys(keys.feedbackCounts('*'))).toHaveLength(250);
});

test('options change what they name', () => {
  expect(breakerRuleOf(false)).toBeUndefined();
  expect(breakerRuleOf()).toEqual(rule);
  expect(breakerRuleOf({ complaints: { share: 0.001 } })).toEqual({
    ...rule,
    complaints: { share: 0.001, countMin: 5, ofMin: 500 },
  });
});
