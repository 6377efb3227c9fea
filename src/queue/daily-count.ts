import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';
import { defineScript, runScript } from './script.ts';

/** What {@link DailyCount.claim} answers. */
export type DailyClaim =
  /** It counts; so many have gone out today, this one included. */
  | { readonly kind: 'counted'; readonly count: number }
  /** It would be above the limit, and does not count; so many have gone out today. */
  | {
      readonly kind: 'full';
      readonly count: number;
      /** Until the day ends, in milliseconds. */
      readonly dayEndsInMs: number;
    };

/**
 * Counts the mails that go out on behalf of a domain, per day of UTC, for the whole fleet: receivers
 * take a domain with many a day for a bulk sender.
 */
export interface DailyCount {
  /** How many have been counted today. */
  read(fromDomain: string): Promise<number>;
  /**
   * Counts mails if they fit below the limit, all or none, and once: the same id again, after a crash
   * or by another worker, changes nothing and is `counted`.
   *
   * @param id of what is counted, a message or a send
   * @param mailsMax most mails a day
   * @param mails how many it is; default 1
   */
  claim(fromDomain: string, id: string, mailsMax: number, mails?: number): Promise<DailyClaim>;
}

/** A day's count is kept for so long, in milliseconds: 2 days. */
const keptMs = 2 * 86_400_000;

/**
 * KEYS counts (hash: id to mails, `#` the sum) of four days, from the one before yesterday by the
 * caller's clock, which may be a day off; ARGV[1] number of the first of them, counted from 1970,
 * [2] id, [3] most, [4] mails, [5] kept for. What was counted yesterday is not counted again.
 * Returns 1 or 0, the sum, and the time in seconds.
 */
const claimMails = defineScript(`
local now = tonumber(redis.call('TIME')[1])
local place = math.floor(now / 86400) - ARGV[1] + 1
local today, yesterday = KEYS[place], KEYS[place - 1]
if not today or not yesterday then return redis.error_reply('the clock is a day off') end
local sum = tonumber(redis.call('HGET', today, '#') or 0)
if redis.call('HEXISTS', today, ARGV[2]) == 1 or redis.call('HEXISTS', yesterday, ARGV[2]) == 1 then
  return { 1, sum, now }
end
if sum + ARGV[4] > tonumber(ARGV[3]) then return { 0, sum, now } end
redis.call('HSET', today, ARGV[2], ARGV[4], '#', sum + ARGV[4])
redis.call('PEXPIRE', today, ARGV[5])
return { 1, sum + ARGV[4], now }
`);

const dayMs = 86_400_000;

/** The counter in Redis. The day is that of the Redis server's clock. */
export function createDailyCount(redis: Redis, keys: KeyNames): DailyCount {
  const keyOf = (fromDomain: string, day: number): string =>
    keys.dailyCount(fromDomain, new Date(day * dayMs).toISOString().slice(0, 10));
  return {
    async read(fromDomain) {
      const [seconds] = await redis.time();
      const today = keyOf(fromDomain, Math.floor(Number(seconds) / 86_400));
      return Number((await redis.hget(today, '#')) ?? 0);
    },
    async claim(fromDomain, id, mailsMax, mails = 1) {
      const first = Math.floor(Date.now() / dayMs) - 2;
      const names = [0, 1, 2, 3].map((offset) => keyOf(fromDomain, first + offset));
      const values = [first, `m${id}`, mailsMax, mails, keptMs];
      const answer = await runScript(redis, claimMails, names, values);
      const [counted, count, seconds] = answer as readonly [number, number, number];
      if (counted === 1) return { kind: 'counted', count };
      return { kind: 'full', count, dayEndsInMs: dayMs - ((seconds * 1000) % dayMs) };
    },
  };
}
