import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';
import type { LimitWindow } from './limits.ts';
import { defineScript, runScript } from './script.ts';

/*
 * What changes about limits while workers run: overrides that an operator sets, and keys that were
 * told to slow down. Both are small and read as a whole, by each process about once a second, so
 * that a send without limits costs no question of its own.
 *
 * A slowed key stops until a time, then one send may be on its way, then one more per step, until
 * the last step is reached and it is as before. Slowed again on the way back, it stops for twice as
 * long as it was told, and twice that the next time; replies that come while it stands still belong
 * to the same trouble.
 */

/** How a key comes back after it was told to slow down. */
export interface SlowDownPlan {
  /** How long to stop, in milliseconds. */
  readonly pauseMs: number;
  /** One more send may be on its way each time this has passed, in milliseconds. */
  readonly stepMs: number;
  /** After so many steps it is as before. */
  readonly stepCount: number;
  /** The longest that it stops because it was slowed again and again, in milliseconds; default 4 hours. */
  readonly pauseMsMax?: number;
}

/** What a slow-down rests on that nobody saw happen. */
export interface LateCause {
  /** Name of the cause; each slows down once, in a week. */
  readonly name: string;
  /** When the mail was sent that it is about, ms since 1970. */
  readonly sentAt: number;
}

/** A key that was told to slow down. Times of Redis, ms since 1970. */
export interface SlowedKey {
  /** Nothing begins before this. */
  readonly notBefore: number;
  /** How often it was slowed again on its way back. */
  readonly strikes: number;
  readonly stepMs: number;
  readonly stepCount: number;
}

/** What an operator set for a limit in place of what the configuration says. */
export interface LimitOverride {
  readonly windows?: readonly LimitWindow[];
  /** `null`: no such limit. */
  readonly openMax?: number | null;
}

/** All that changes about limits at run time. */
export interface LimitStateReading {
  /** In ms since 1970, to a thousandth. */
  readonly redisNow: number;
  readonly overrides: ReadonlyMap<string, LimitOverride>;
  readonly slowed: ReadonlyMap<string, SlowedKey>;
  /** Overrides that cannot be read; the configuration holds for them. */
  readonly unreadable: readonly string[];
}

/** Run-time state of limits, of the whole fleet. */
export interface LimitState {
  read(): Promise<LimitStateReading>;
  /** Slows a key down; returns its state. */
  slowDown(key: string, plan: SlowDownPlan): Promise<SlowedKey>;
  /**
   * Slows a key down for something that came back long after it was sent; false where that changes
   * nothing: what was sent before the key stood still belongs to the same trouble.
   */
  slowDownLater(key: string, plan: SlowDownPlan, cause: LateCause): Promise<boolean>;
  /** Ends a slow-down at once; whether there was one. */
  endSlowDown(key: string): Promise<boolean>;
  /** Sets what holds for the limit of this name from now on; undefined: what is configured. */
  override(limit: string, override: LimitOverride | undefined): Promise<void>;
}

const pauseMsMaxDefault = 4 * 3_600_000;

/** KEYS: overrides, slowed keys. Returns [now in µs, overrides, slowed]; drops what has recovered. */
const readState = defineScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local slowed = redis.call('HGETALL', KEYS[2])
for i = 1, #slowed, 2 do
  local at, _, step, count = slowed[i + 1]:match('^(%d+)|(%d+)|(%d+)|(%d+)$')
  if not at or now > at + step * count then redis.call('HDEL', KEYS[2], slowed[i]) end
end
return { string.format('%.0f', clock[1] * 1000000 + clock[2]), redis.call('HGETALL', KEYS[1]), slowed }
`);

/** The function that slows a key: pause, step, steps, longest pause. */
const slowFunction = `
local function slow(slowed, key, pause, steps, count_of_steps, longest)
  local clock = redis.call('TIME')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  local at, strikes, step, count = (redis.call('HGET', slowed, key) or ''):match('^(%d+)|(%d+)|(%d+)|(%d+)$')
  at, strikes = tonumber(at or 0), tonumber(strikes or 0)
  local till
  if now < at then
    till = math.max(at, now + pause)
  else
    if step and now <= at + step * count then strikes = strikes + 1 else strikes = 0 end
    till = now + math.max(pause, math.min(pause * 2 ^ strikes, longest))
  end
  local entry = string.format('%.0f|%d|%d|%d', till, strikes, steps, count_of_steps)
  redis.call('HSET', slowed, key, entry)
  return entry
end
`;

/** KEYS[1] slowed keys; ARGV[1] key, [2] pause, [3] step, [4] steps, [5] longest pause. */
const slowKey = defineScript(`${slowFunction}
return slow(KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5]))
`);

/** As before; KEYS[2] note of the cause; ARGV[6] when its mail was sent, [7] how long the note is kept. */
const slowKeyLater = defineScript(`${slowFunction}
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[7]) then return 0 end
local at = (redis.call('HGET', KEYS[1], ARGV[1]) or ''):match('^(%d+)|')
if at and tonumber(ARGV[6]) <= tonumber(at) then return 0 end
slow(KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5]))
return 1
`);

/** How long it is known that a cause has slowed down, in milliseconds: 7 days. */
const causeKeptMs = 7 * 86_400_000;

/** Run-time state of limits in Redis. */
export function createLimitState(redis: Redis, keys: KeyNames): LimitState {
  const overridesKey = `${keys.limits}:override`;
  const slowedKey = `${keys.limits}:slow`;
  return {
    async read() {
      const [micros, fields, slow] = (await runScript(
        redis,
        readState,
        [overridesKey, slowedKey],
        [],
      )) as readonly [string, readonly string[], readonly string[]];
      const redisNow = Number(micros) / 1000;
      const overrides = new Map<string, LimitOverride>();
      const unreadable: string[] = [];
      for (const [limit, text] of pairsOf(fields)) {
        const override = readOverride(text);
        if (override === undefined) unreadable.push(limit);
        else overrides.set(limit, override);
      }
      const slowed = new Map<string, SlowedKey>();
      for (const [key, text] of pairsOf(slow)) {
        const entry = readSlowed(text);
        if (redisNow <= recoveredAt(entry)) slowed.set(key, entry);
      }
      return { redisNow, overrides, slowed, unreadable };
    },
    async slowDown(key, plan) {
      const answer = await runScript(redis, slowKey, [slowedKey], [key, ...valuesOf(plan)]);
      return readSlowed(String(answer));
    },
    async slowDownLater(key, plan, { name, sentAt }) {
      const values = [key, ...valuesOf(plan), Math.round(sentAt), causeKeptMs];
      const scriptKeys = [slowedKey, keys.slowDownCause(name)];
      return (await runScript(redis, slowKeyLater, scriptKeys, values)) === 1;
    },
    async endSlowDown(key) {
      return (await redis.hdel(slowedKey, key)) > 0;
    },
    async override(limit, override) {
      if (override === undefined) await redis.hdel(overridesKey, limit);
      else await redis.hset(overridesKey, limit, JSON.stringify(override));
    },
  };
}

function valuesOf(plan: SlowDownPlan): readonly number[] {
  const { pauseMs, stepMs, stepCount, pauseMsMax = pauseMsMaxDefault } = plan;
  const [pause = 1, step = 1] = [pauseMs, stepMs].map((ms) => Math.max(1, Math.round(ms)));
  return [pause, step, stepCount, pauseMsMax];
}

/** When a slowed key is as before, ms since 1970. */
export function recoveredAt(key: SlowedKey): number {
  return key.notBefore + key.stepMs * key.stepCount;
}

/** How many sends of a slowed key may be on their way at a time: 0 while it stands still. */
export function openMaxOf(key: SlowedKey, redisNow: number): number {
  if (redisNow < key.notBefore) return 0;
  return 1 + Math.floor((redisNow - key.notBefore) / key.stepMs);
}

function readSlowed(text: string): SlowedKey {
  const [notBefore = 0, strikes = 0, stepMs = 0, stepCount = 0] = text.split('|').map(Number);
  return { notBefore, strikes, stepMs, stepCount };
}

function readOverride(text: string): LimitOverride | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { windows, openMax } = value as { readonly windows?: unknown; readonly openMax?: unknown };
  if (windows !== undefined && !(Array.isArray(windows) && windows.every(isWindow))) {
    return undefined;
  }
  if (openMax !== undefined && openMax !== null && !isCount(openMax)) return undefined;
  return {
    ...(windows === undefined ? {} : { windows }),
    ...(openMax === undefined ? {} : { openMax }),
  };
}

function isWindow(value: unknown): value is LimitWindow {
  if (typeof value !== 'object' || value === null) return false;
  const { sendsMax, perMs } = value as Partial<Record<keyof LimitWindow, unknown>>;
  return isCount(sendsMax) && isCount(perMs) && perMs >= 100 && perMs <= 31 * 86_400_000;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function* pairsOf(flat: readonly string[]): Generator<readonly [string, string]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? ''];
}
