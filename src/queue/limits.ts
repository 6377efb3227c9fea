import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import type { KeyNames } from './key-names.ts';
import { endLeases, releaseSlot, renewLeases, reserveSlot } from './limit-scripts.ts';
import { runScript } from './script.ts';

/** At most so many sends in any stretch of so many milliseconds. */
export interface LimitWindow {
  /** From 1. */
  readonly sendsMax: number;
  /** Length of the stretch, from 100 ms to 31 days. */
  readonly perMs: number;
}

/** Something that is limited over the whole fleet, e.g. one relay towards one provider. */
export interface LimitKey {
  /** Names the counters; two keys of one name share them. */
  readonly name: string;
  readonly windows: readonly LimitWindow[];
  /** Most sends on their way at once; absent: no such limit. */
  readonly openMax?: number;
}

/** What {@link Limits.reserve} answers. Times are those of Redis, ms since 1970. */
export type Reservation =
  /** Begin at `slotAt` or within the margin after it. Ends with {@link Limits.finish}. */
  | { readonly kind: 'go'; readonly slotAt: number; readonly redisNow: number }
  /** This time is kept for it; come back the lead before it and ask again. */
  | { readonly kind: 'booked'; readonly slotAt: number; readonly redisNow: number }
  /** Nothing is booked; ask again at this time. */
  | {
      readonly kind: 'come-back';
      readonly at: number;
      readonly redisNow: number;
      /** `rate`: the horizon is full. `open`: too many are on their way. */
      readonly because: 'rate' | 'open';
    };

/** What a send brings from its last turn in the same process. */
export interface EarlierTurn {
  /** The slot of a `go` that was not used. */
  readonly unusedSlotAt: number;
}

/** How limits are kept; all in milliseconds. The same for all processes of a fleet. */
export interface LimitTimes {
  /** A send begins at most so long after its slot. Default 30. */
  readonly marginMs: number;
  /** A slot no farther away is waited for in the process. Default 150. */
  readonly leadMs: number;
  /** Slots are booked no farther ahead. Default 30,000. */
  readonly horizonMs: number;
  /** How long before its time a send that could not book comes back to book. Default 5,000. */
  readonly earlyMs: number;
  /** A send that could not book comes back after so long at the latest. Default 300,000. */
  readonly longestMs: number;
  /** A send that shows no life for so long is no longer on its way. Default 30,000. */
  readonly leaseMs: number;
}

/** The times of {@link LimitTimes} where nobody says otherwise. */
export const defaultLimitTimes: LimitTimes = {
  marginMs: 30,
  leadMs: 150,
  horizonMs: 30_000,
  earlyMs: 5_000,
  longestMs: 300_000,
  leaseMs: 30_000,
};

/** Limits of the whole fleet. Call nothing for a send without limits. */
export interface Limits {
  readonly times: LimitTimes;
  /**
   * Finds a time at which all keys have room. A send that asks again, after a crash too, gets the
   * slot it has booked, unless it is late or the limits have changed.
   */
  reserve(sendId: SendId, keys: readonly LimitKey[], earlier?: EarlierTurn): Promise<Reservation>;
  /** Gives back a booked slot, of a send that was cancelled; false when it had none. */
  release(sendId: SendId): Promise<boolean>;
  /** A send is no longer on its way, `openForMs` after its `go`. Needed for keys with `openMax` only. */
  finish(sendId: SendId, keys: readonly LimitKey[], openForMs: number): Promise<void>;
  /** Says that sends are still on their way; at least twice per `leaseMs`. */
  renew(open: Iterable<readonly [SendId, readonly LimitKey[]]>): Promise<void>;
}

/**
 * Limits in Redis.
 *
 * @throws RangeError by `reserve`, for a window that cannot be kept
 */
export function createLimits(
  redis: Redis,
  keys: KeyNames,
  times: Partial<LimitTimes> = {},
): Limits {
  const all = { ...defaultLimitTimes, ...times };
  const root = [keys.limits];
  return {
    times: all,
    async reserve(sendId, limitKeys, earlier) {
      limitKeys.forEach(checkKey);
      const late = earlier !== undefined;
      const answer = (await runScript(redis, reserveSlot, root, [
        sendId,
        JSON.stringify(limitKeys.map(packed)),
        all.marginMs,
        all.leadMs,
        all.horizonMs,
        all.earlyMs,
        all.longestMs,
        all.leaseMs,
        late ? earlier.unusedSlotAt : '',
        late ? '1' : '',
      ])) as readonly [string, string, string];
      const redisNow = Number(answer[1]) / 1000;
      const at = Number(answer[2]);
      switch (answer[0]) {
        case 'go':
        case 'booked':
          return { kind: answer[0], slotAt: at, redisNow };
        default:
          return {
            kind: 'come-back',
            at,
            redisNow,
            because: answer[0] === 'open' ? 'open' : 'rate',
          };
      }
    },
    async release(sendId) {
      return (await runScript(redis, releaseSlot, root, [sendId, all.marginMs])) === 1;
    },
    async finish(sendId, limitKeys, openForMs) {
      const names = limitKeys.filter(hasOpenMax).map(({ name }) => name);
      if (names.length === 0) return;
      await runScript(redis, endLeases, root, [sendId, Math.round(openForMs), ...names]);
    },
    async renew(open) {
      const pairs = [...open].flatMap(([sendId, limitKeys]) =>
        limitKeys.filter(hasOpenMax).flatMap(({ name }) => [name, sendId]),
      );
      if (pairs.length > 0) await runScript(redis, renewLeases, root, [all.leaseMs, ...pairs]);
    },
  };
}

function hasOpenMax(key: LimitKey): boolean {
  return key.openMax !== undefined;
}

/** The short form that the scripts read. */
function packed(key: LimitKey): unknown {
  const w = key.windows.map(({ sendsMax, perMs }) => [sendsMax, perMs]);
  return key.openMax === undefined ? { n: key.name, w } : { n: key.name, w, o: key.openMax };
}

const perMsMax = 31 * 86_400_000;

function checkKey(key: LimitKey): void {
  for (const { sendsMax, perMs } of key.windows) {
    const fits = Number.isSafeInteger(sendsMax) && sendsMax >= 1;
    if (!fits || !Number.isSafeInteger(perMs) || perMs < 100 || perMs > perMsMax) {
      throw new RangeError(`limit ${key.name}: ${sendsMax} per ${perMs} ms cannot be kept`);
    }
  }
  const { openMax } = key;
  if (openMax !== undefined && !(Number.isSafeInteger(openMax) && openMax >= 1)) {
    throw new RangeError(`limit ${key.name}: ${openMax} at once cannot be kept`);
  }
}
