import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';
import { defineScript, runScript } from './script.ts';

/** What {@link DailyCount.claim} answers. */
export type DailyClaim =
  /** It counts; so many have gone out today, this one included. */
  | { readonly kind: 'counted'; readonly count: number }
  /** It would be above the limit, and does not count; so many have gone out today. */
  | { readonly kind: 'full'; readonly count: number };

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
 * KEYS[1] counts of a day (hash: id to mails, `#` the sum), KEYS[2] those of the day before;
 * ARGV[1] id, [2] most, [3] mails, [4] kept for. What was counted yesterday is not counted again.
 */
const claimMails = defineScript(`
local sum = tonumber(redis.call('HGET', KEYS[1], '#') or 0)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  return { 1, sum }
end
if sum + ARGV[3] > tonumber(ARGV[2]) then return { 0, sum } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3], '#', sum + ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { 1, sum + ARGV[3] }
`);

/** The counter in Redis. The day is that of the Redis server's clock. */
export function createDailyCount(redis: Redis, keys: KeyNames): DailyCount {
  const keysOfToday = async (fromDomain: string): Promise<readonly [string, string]> => {
    const [seconds] = await redis.time();
    const key = (at: number): string => {
      return keys.dailyCount(fromDomain, new Date(at).toISOString().slice(0, 10));
    };
    const now = Number(seconds) * 1000;
    return [key(now), key(now - 86_400_000)];
  };
  return {
    async read(fromDomain) {
      const [today] = await keysOfToday(fromDomain);
      return Number((await redis.hget(today, '#')) ?? 0);
    },
    async claim(fromDomain, id, mailsMax, mails = 1) {
      const names = await keysOfToday(fromDomain);
      const answer = await runScript(redis, claimMails, names, [`m${id}`, mailsMax, mails, keptMs]);
      const [counted, count] = answer as readonly [number, number];
      return { kind: counted === 1 ? 'counted' : 'full', count };
    },
  };
}
