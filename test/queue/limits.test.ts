import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import {
  createLimits,
  defaultLimitTimes,
  type LimitKey,
  type LimitTimes,
  type LimitWindow,
  type Reservation,
} from '../../src/queue/limits.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { seededRandom } from '../support/seed.ts';
import { mostWithin } from './most-within.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const { marginMs } = defaultLimitTimes;

afterEach(async () => {
  await redis.flushall();
});

function sendId(): SendId {
  return randomBytes(12).toString('hex') as SendId;
}

function key(name: string, ...windows: readonly (readonly [number, number])[]): LimitKey {
  return { name, windows: windows.map(([sendsMax, perMs]) => ({ sendsMax, perMs })) };
}

function limitsWith(times: Partial<LimitTimes> = {}) {
  return createLimits(redis, keys, times);
}

function slotOf(answer: Reservation): number {
  if (answer.kind === 'come-back') throw new Error(`nothing booked: ${JSON.stringify(answer)}`);
  return answer.slotAt;
}

/** Sends may begin up to the margin after their slots: windows that much longer must hold as well. */
function expectKept(slots: readonly number[], windows: readonly LimitWindow[]): void {
  for (const { sendsMax, perMs } of windows) {
    expect(mostWithin(slots, perMs + marginMs)).toBeLessThanOrEqual(sendsMax);
  }
}

describe('slots', () => {
  test.each([
    { what: 'one a second', windows: [[1, 1000]] },
    { what: 'a window of a second', windows: [[50, 1000]] },
    {
      what: 'a second and a minute',
      windows: [
        [50, 1000],
        [400, 60_000],
      ],
    },
    { what: 'a fast one', windows: [[700, 1000]] },
    { what: 'a short window', windows: [[3, 100]] },
  ] as const)('keep $what, and use at least 95 % of it', async ({ windows }) => {
    const limits = limitsWith({ horizonMs: 30_000 });
    const limited = key('relay', ...(windows as readonly (readonly [number, number])[]));
    const slots: number[] = [];
    for (;;) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => limits.reserve(sendId(), [limited])),
      );
      const booked = answers.filter(({ kind }) => kind !== 'come-back').map(slotOf);
      slots.push(...booked);
      if (booked.length < 20 || slots.length > 4000) break;
    }
    expectKept(slots, limited.windows);
    // What the tightest window allows between the first slot and the last one.
    const spanMs = Math.max(...slots) - Math.min(...slots);
    const allowed = Math.min(
      ...limited.windows.map(({ sendsMax, perMs }) => sendsMax * Math.ceil(spanMs / perMs + 1e-9)),
    );
    const tooShortForShare = limited.windows.some(({ perMs }) => perMs < 1000);
    expect(slots.length / allowed).toBeGreaterThanOrEqual(tooShortForShare ? 0.7 : 0.95);
  });

  test('of random keys with random windows, asked for in any order, keep every window', async () => {
    const random = seededRandom();
    for (let round = 0; round < 6; round++) {
      await redis.flushall();
      const limits = limitsWith();
      const pool = Array.from({ length: 1 + random.integer(4) }, (_, index) =>
        key(
          `key${index}`,
          ...Array.from({ length: 1 + random.integer(3) }, () => {
            return [1 + random.integer(40), 100 + random.integer(20_000)] as const;
          }),
        ),
      );
      const slots = new Map<LimitKey, number[]>(pool.map((each) => [each, []]));
      for (let n = 0; n < 300; n++) {
        const chosen = pool.filter(() => random.integer(2) === 0);
        if (chosen.length === 0) continue;
        const id = sendId();
        const answer = await limits.reserve(id, chosen);
        if (answer.kind === 'come-back') continue;
        if (answer.kind === 'booked' && random.integer(5) === 0) {
          expect(await limits.release(id)).toBe(true);
          continue;
        }
        for (const each of chosen) slots.get(each)?.push(answer.slotAt);
      }
      for (const [each, taken] of slots) expectKept(taken, each.windows);
    }
  });

  test('are found between others: a slow key does not fill up a fast one that both share', async () => {
    const limits = limitsWith();
    const relay = key('relay', [100, 1000]);
    const slow = key('slow', [2, 1000]);
    for (let n = 0; n < 50; n++) await limits.reserve(sendId(), [slow, relay]);
    for (let n = 0; n < 90; n++) {
      const answer = await limits.reserve(sendId(), [relay]);
      expect(answer.kind).toBe('go');
    }
  });

  test('that are given back are used again', async () => {
    const limits = limitsWith();
    const limited = key('relay', [10, 1000]);
    const ids = Array.from({ length: 200 }, sendId);
    const slots = [];
    for (const id of ids) slots.push(slotOf(await limits.reserve(id, [limited])));
    for (const id of ids.slice(10)) expect(await limits.release(id)).toBe(true);
    const again = slotOf(await limits.reserve(sendId(), [limited]));
    expect(again - (slots[0] ?? 0)).toBeLessThan(1_100);
    expect(await limits.release(ids[20] as SendId)).toBe(false);
  });

  test('go with the send: who asks again, after a crash too, has its slot', async () => {
    const limits = limitsWith();
    const limited = key('relay', [5, 1000]);
    for (let n = 0; n < 20; n++) await limits.reserve(sendId(), [limited]);
    const id = sendId();
    const first = await limits.reserve(id, [limited]);
    expect(first.kind).toBe('booked');
    expect(await limits.reserve(id, [limited])).toMatchObject({ slotAt: slotOf(first) });
    const next = await limits.reserve(sendId(), [limited]);
    expect(slotOf(next)).toBeGreaterThanOrEqual(slotOf(first));
  });

  test('booked under an older limit are asked for anew when it is lowered', async () => {
    const limits = limitsWith();
    const ids = Array.from({ length: 100 }, sendId);
    const fast = key('relay', [10, 1000]);
    for (const id of ids) await limits.reserve(id, [fast]);
    const lowered = key('relay', [2, 1000]);
    const later = [];
    for (const id of ids.slice(20)) {
      const answer = await limits.reserve(id, [lowered]);
      if (answer.kind !== 'come-back') later.push(slotOf(answer));
    }
    const now = Math.min(...later);
    // Those of the old limit that had not asked again by then are still counted.
    expectKept(
      later.filter((at) => at > now + 11_000),
      lowered.windows,
    );
    expect(later.length).toBeGreaterThan(0);
  });
});

describe('the horizon', () => {
  test('bounds what is booked; who finds no room comes back in order, and has room then', async () => {
    const limits = limitsWith({ horizonMs: 1_000, earlyMs: 200, longestMs: 10_000 });
    const limited = key('relay', [10, 1000]);
    const times: number[] = [];
    let redisNow = 0;
    for (let n = 0; n < 60; n++) {
      const answer = await limits.reserve(sendId(), [limited]);
      redisNow = answer.redisNow;
      if (answer.kind === 'come-back') times.push(answer.at);
      else expect(answer.slotAt).toBeLessThanOrEqual(answer.redisNow + 1_100);
    }
    expect(times.length).toBeGreaterThanOrEqual(40);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // 10 a second: the last of 40 and more has its turn some 4 s after the horizon.
    expect(times.at(-1)).toBeGreaterThan(redisNow + 4_000);
    expect(times.at(-1)).toBeLessThan(redisNow + 7_000);
  });

  test('sends that never come back block a key no longer than that', async () => {
    const limits = limitsWith({ horizonMs: 700, earlyMs: 200 });
    const limited = key('relay', [5, 200]);
    // Booked and vanished, and far more tickets drawn that nobody will use.
    for (let n = 0; n < 300; n++) await limits.reserve(sendId(), [limited]);
    const began = performance.now();
    const id = sendId();
    while ((await limits.reserve(id, [limited])).kind !== 'go') {
      expect(performance.now() - began).toBeLessThan(3_000);
    }
  });

  test('of an hour or a day takes no more memory for more sends', async () => {
    const limits = limitsWith();
    const limited = key('relay', [1_000_000, 3_600_000], [5_000_000, 86_400_000]);
    const used = async () =>
      (await redis.memory('USAGE', `${keys.limits}:ring:relay:3600000`)) as number;
    await limits.reserve(sendId(), [limited]);
    const before = await used();
    for (let n = 0; n < 500; n++) await limits.reserve(sendId(), [limited]);
    expect((await used()) - before).toBeLessThan(100);
    expect(before).toBeLessThan(2_000);
  });
});

describe('sends on their way', () => {
  const crowded: LimitKey = { name: 'crowded', windows: [], openMax: 2 };

  test('are never more than allowed; the next one goes when one ends', async () => {
    const limits = limitsWith();
    const [a, b, c] = [sendId(), sendId(), sendId()];
    expect((await limits.reserve(a, [crowded])).kind).toBe('go');
    expect((await limits.reserve(b, [crowded])).kind).toBe('go');
    const refused = await limits.reserve(c, [crowded]);
    expect(refused).toMatchObject({ kind: 'come-back', because: 'open' });
    await limits.finish(a, [crowded], 500);
    expect((await limits.reserve(c, [crowded])).kind).toBe('go');
  });

  test('of a process that died count no longer than their lease, renewed ones longer', async () => {
    const limits = limitsWith({ leaseMs: 60 });
    const [a, b] = [sendId(), sendId()];
    await limits.reserve(a, [crowded]);
    await limits.reserve(b, [crowded]);
    const began = performance.now();
    while (performance.now() - began < 200) {
      await limits.renew([[a, [crowded]]]);
      // b was not renewed: within its lease there is no room, later there is.
      const answer = await limits.reserve(sendId(), [crowded]);
      if (answer.kind === 'go') break;
    }
    expect(performance.now() - began).toBeGreaterThan(40);
    expect(await redis.zscore(`${keys.limits}:open:crowded`, a)).not.toBeNull();
    expect(await redis.zcard(`${keys.limits}:open:crowded`)).toBe(2);
  });

  test('use up no slot while there is no room for them', async () => {
    const limits = limitsWith();
    const both: LimitKey = { ...key('both', [2, 10_000]), openMax: 1 };
    await limits.reserve(sendId(), [both]);
    for (let n = 0; n < 5; n++)
      expect((await limits.reserve(sendId(), [both])).kind).toBe('come-back');
    await redis.del(`${keys.limits}:open:both`);
    expect((await limits.reserve(sendId(), [both])).kind).toBe('go');
  });
});

test.each([[[0, 1000]], [[1.5, 1000]], [[1, 99]], [[1, 32 * 86_400_000]]] as const)(
  'a window that cannot be kept is refused: %j',
  async (window) => {
    await expect(limitsWith().reserve(sendId(), [key('x', window)])).rejects.toThrow(RangeError);
  },
);
