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
import { systemClock } from '../../src/runtime/clock.ts';
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

interface Taken {
  /** When sends are to come back. */
  readonly planned: number[];
  /** When they go. */
  readonly gone: number[];
}

/** Sends begin up to the margin after their slots: windows that much longer must hold as well. */
function expectKept(gone: readonly number[], windows: readonly LimitWindow[]): void {
  for (const { sendsMax, perMs } of windows) {
    expect(mostWithin(gone, perMs + marginMs)).toBeLessThanOrEqual(sendsMax);
  }
}

/** The plan is kept to a bucket: it only says when to come back. */
function plannedMs(perMs: number): number {
  return perMs * 0.98 - 2;
}

function note(answer: Reservation, taken: Taken): void {
  if (answer.kind === 'go') taken.gone.push(answer.slotAt);
  if (answer.kind === 'booked') taken.planned.push(answer.slotAt);
}

describe('what is planned', () => {
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
  ] as const)('keeps $what in every stretch, and uses at least 95 % of it', async ({ windows }) => {
    const limits = limitsWith();
    const limited = key('relay', ...windows);
    const taken: Taken = { planned: [], gone: [] };
    for (let full = false; !full && taken.planned.length < 4_000;) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => limits.reserve(sendId(), [limited])),
      );
      for (const answer of answers) note(answer, taken);
      full = answers.some(({ kind }) => kind === 'come-back');
    }
    expectKept(taken.gone, limited.windows);
    for (const { sendsMax, perMs } of limited.windows) {
      expect(mostWithin(taken.planned, plannedMs(perMs))).toBeLessThanOrEqual(sendsMax);
    }
    const all = [...taken.planned, ...taken.gone];
    const spanMs = Math.max(...all) - Math.min(...all);
    // What the tightest window allows in that time, which begins with a full one.
    const allowed = Math.min(
      ...limited.windows.map(({ sendsMax, perMs }) => sendsMax * Math.max(1, spanMs / perMs)),
    );
    expect(all.length / allowed).toBeGreaterThanOrEqual(0.95);
  });

  test('for random keys with random windows keeps every window of every key', async () => {
    const random = seededRandom();
    for (let round = 0; round < 5; round++) {
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
      const taken = new Map<LimitKey, Taken>(pool.map((each) => [each, { planned: [], gone: [] }]));
      const released: boolean[] = [];
      for (let n = 0; n < 300; n++) {
        const chosen = pool.filter(() => random.integer(2) === 0);
        const id = sendId();
        const answer = await limits.reserve(id, chosen);
        if (answer.kind === 'booked' && random.integer(5) === 0) {
          released.push(await limits.release(id));
          continue;
        }
        for (const each of chosen) note(answer, taken.get(each) ?? { planned: [], gone: [] });
      }
      expect(released).not.toContain(false);
      for (const [each, { planned, gone }] of taken) {
        expectKept(gone, each.windows);
        for (const { sendsMax, perMs } of each.windows) {
          expect(mostWithin(planned, plannedMs(perMs))).toBeLessThanOrEqual(sendsMax);
        }
      }
    }
  });

  test('is kept exactly by those who come back, punctual, late or unable to use their slot', async () => {
    const random = seededRandom();
    const limits = limitsWith();
    const limited = key('relay', [4, 100], [17, 500]);
    const gone: number[] = [];
    let waits = 0;
    const run = async (): Promise<void> => {
      const id = sendId();
      let answer = await limits.reserve(id, [limited]);
      for (;;) {
        const { redisNow } = answer;
        if (answer.kind === 'go') {
          if (random.integer(8) > 0) {
            gone.push(answer.slotAt);
            return;
          }
          answer = await limits.reserve(id, [limited], { unusedSlotAt: answer.slotAt });
          continue;
        }
        waits += 1;
        const at = answer.kind === 'booked' ? answer.slotAt - 150 : answer.at;
        await systemClock.sleep(
          Math.max(0, at - redisNow) + random.integer(4) * random.integer(60),
        );
        answer = await limits.reserve(id, [limited]);
      }
    };
    await Promise.all(Array.from({ length: 90 }, run));
    expect(gone).toHaveLength(90);
    expect(waits).toBeGreaterThan(50);
    expectKept(gone, limited.windows);
    // 17 per 500 ms and the margin: some 2.8 s at best.
    expect(Math.max(...gone) - Math.min(...gone)).toBeLessThan(5_000);
  });

  test('finds room between: a slow key does not fill up a fast one that both share', async () => {
    const limits = limitsWith();
    const relay = key('relay', [100, 1000]);
    const slow = key('slow', [2, 1000]);
    for (let n = 0; n < 50; n++) await limits.reserve(sendId(), [slow, relay]);
    const kinds = [];
    for (let n = 0; n < 90; n++) kinds.push((await limits.reserve(sendId(), [relay])).kind);
    expect(new Set(kinds)).toEqual(new Set(['go']));
  });

  test('and given back is used again', async () => {
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

  test('stays with the send: who asks again too early, after a crash too, is told the same', async () => {
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

  test('under an older limit does not break the new one', async () => {
    const limits = limitsWith();
    const ids = Array.from({ length: 60 }, sendId);
    const taken: Taken = { planned: [], gone: [] };
    for (const id of ids) note(await limits.reserve(id, [key('relay', [10, 1000])]), taken);
    const lowered = key('relay', [2, 1000]);
    const anew: Taken = { planned: [], gone: [] };
    for (const id of ids.slice(10)) note(await limits.reserve(id, [lowered]), anew);
    expect(anew.gone).toEqual([]);
    // Those of the old limit that have not asked again yet are still in the plan, up to its end.
    const end = Math.max(...taken.planned) + 1_000;
    expect(anew.planned.length).toBeGreaterThan(20);
    expect(mostWithin(anew.planned, 1_000)).toBeLessThanOrEqual(10);
    const behind = anew.planned.filter((at) => at > end);
    expect(mostWithin(behind, 1_000)).toBeLessThanOrEqual(2);
  });
});

describe('the horizon', () => {
  test('bounds what is booked; who finds no room comes back in order, and has room then', async () => {
    const limits = limitsWith({ horizonMs: 1_000, earlyMs: 200, longestMs: 10_000 });
    const limited = key('relay', [10, 1000]);
    const times: number[] = [];
    const ahead: number[] = [];
    let redisNow = 0;
    for (let n = 0; n < 60; n++) {
      const answer = await limits.reserve(sendId(), [limited]);
      redisNow = answer.redisNow;
      if (answer.kind === 'come-back') times.push(answer.at);
      else ahead.push(answer.slotAt - redisNow);
    }
    expect(Math.max(...ahead)).toBeLessThanOrEqual(1_000);
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
