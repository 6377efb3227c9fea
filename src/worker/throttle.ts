import type { SlowDown } from '../bounces/slow-down.ts';
import type { SendId } from '../mail/ids.ts';
import type { LimitState, LimitStateReading } from '../queue/limit-state.ts';
import type { LimitKey, Limits } from '../queue/limits.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import {
  limitKeysOf,
  slowedNow,
  slowKeysOf,
  slowNamesOf,
  type LimitedSend,
  type LimitRule,
} from './throttle-rules.ts';
import { createRedisTime } from './throttle-time.ts';

/*
 * Lets a send go when its limits allow it:
 *
 *   1. Which limits is it under? None: it goes, and Redis is not asked. What changes at run time is
 *      read once a second for all sends together.
 *   2. A key that was told to slow down stands still: later.
 *   3. Ask for a slot. Far away: later. Near: the rest is waited for here (`ready`).
 *   4. Immediately before MAIL, `check`: not before the slot, not later than the margin after it, and
 *      nothing stands still. A send that is late gives its slot up and asks again. This last test is
 *      what makes limits exact: slots alone are, but what runs them is late by a varying time.
 *
 * A moved job costs no attempt: nothing is written to the ledger.
 */

/** A send that asks to go. */
export interface ThrottledSend extends LimitedSend {
  readonly sendId: SendId;
}

/** Leave to go. Ends with exactly one call of `done`. */
export interface Go {
  readonly kind: 'go';
  /** Waits until its slot has come, at most about a second; rejects when the signal fires. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Call it without awaiting anything before MAIL is written: `late` means it must not be. */
  check(): 'ok' | 'late';
  /** The send is over, or did not take place. Never rejects. */
  done(): Promise<void>;
}

/** Why a send has to wait. */
export type ThrottleReason = 'limit' | 'open' | 'slowed';

/** What {@link Throttle.admit} answers. */
export type ThrottleAnswer =
  | Go
  | {
      readonly kind: 'later';
      /** By the clock of this process, ms since 1970. */
      readonly at: number;
      readonly because: ThrottleReason;
      /** Names of the limits it is under. */
      readonly keys: readonly string[];
    };

/** Decides when sends may go. */
export interface Throttle extends AsyncDisposable {
  /**
   * Asks for leave.
   *
   * @param late the leave that this send had and could not use, in the same turn
   */
  admit(send: ThrottledSend, late?: Go): Promise<ThrottleAnswer>;
  /** Slows down what a reply was about, for the whole fleet. */
  slowDown(send: LimitedSend, found: SlowDown): Promise<void>;
  /** Frees the slot that is kept for a send that will not use it; harmless where there is none. Never rejects. */
  forgo(sendId: SendId): Promise<void>;
  /** Ends the renewal of leases. */
  close(): void;
}

/** What {@link createThrottle} takes. */
export interface ThrottleOptions {
  readonly limits: Limits;
  readonly state: LimitState;
  readonly rules: readonly LimitRule[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** What changes at run time is known at most so much later, in milliseconds; default 500. */
  readonly refreshMs?: number;
  /** Steps on which a slowed key comes back; default 10. */
  readonly slowStepCount?: number;
  /** A clock that is never set, in milliseconds; default `performance.now`. */
  readonly monotonicNow?: () => number;
}

/** A send late so often in one turn is moved: something else is slow. */
const latesMax = 5;

interface Turn {
  readonly slotAt: number;
  readonly lates: number;
}

/** Creates a throttle; one per process. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { limits, state, rules, clock, logger, random } = options;
  const { refreshMs = 500, slowStepCount = 10 } = options;
  const monotonicNow = options.monotonicNow ?? (() => performance.now());
  const { marginMs, leadMs, leaseMs, longestMs } = limits.times;
  const redisTime = createRedisTime(monotonicNow);
  const turns = new WeakMap<Go, Turn>();
  const open = new Map<SendId, readonly LimitKey[]>();
  let reading: LimitStateReading | undefined;
  let readAt = 0;
  let refreshing: Promise<LimitStateReading> | undefined;

  const refresh = async (): Promise<LimitStateReading> => {
    const askedAt = monotonicNow();
    const next = await state.read();
    redisTime.sample(askedAt, monotonicNow(), next.redisNow);
    for (const limit of next.unreadable) {
      if (reading?.unreadable.includes(limit) !== true) {
        logger.warn('limit-override-unreadable', { limit });
      }
    }
    reading = next;
    readAt = askedAt;
    return next;
  };
  const current = async (): Promise<LimitStateReading> => {
    if (reading !== undefined && monotonicNow() - readAt < refreshMs) return reading;
    refreshing ??= refresh().finally(() => (refreshing = undefined));
    return refreshing;
  };

  // Only while something is on its way that is counted.
  let renewal: NodeJS.Timeout | undefined;
  const keepRenewing = (): void => {
    renewal ??= setInterval(() => {
      limits.renew(open).catch((error: unknown) => {
        logger.warn('limit-renewal-failed', { error: messageOf(error) });
      });
    }, leaseMs / 3).unref();
  };
  const stopRenewing = (): void => {
    clearInterval(renewal);
    renewal = undefined;
  };

  const localTime = (redisAt: number, redisNow: number): number => {
    return Math.round(clock.now() + Math.max(0, redisAt - redisNow));
  };

  const standsStill = (send: LimitedSend): boolean => {
    return (
      reading !== undefined && slowedNow(reading.slowed, send, redisTime.earliest()).notBefore > 0
    );
  };

  const freeGo = (send: LimitedSend): Go => ({
    kind: 'go',
    ready: async () => undefined,
    check: () => (standsStill(send) ? 'late' : 'ok'),
    done: async () => undefined,
  });

  const limitedGo = (
    send: ThrottledSend,
    keys: readonly LimitKey[],
    slotAt: number,
    lates: number,
  ): Go => {
    const counted = keys.some(({ openMax }) => openMax !== undefined);
    const begunAt = monotonicNow();
    if (counted) {
      open.set(send.sendId, keys);
      keepRenewing();
    }
    const go: Go = {
      kind: 'go',
      async ready(signal) {
        for (;;) {
          const waitMs = slotAt - redisTime.earliest();
          if (waitMs <= 0) return;
          await clock.sleep(Math.ceil(waitMs), signal);
        }
      },
      check() {
        const onTime = redisTime.earliest() >= slotAt && redisTime.latest() <= slotAt + marginMs;
        return onTime && !standsStill(send) ? 'ok' : 'late';
      },
      async done() {
        if (!counted || !open.delete(send.sendId)) return;
        if (open.size === 0) stopRenewing();
        try {
          await limits.finish(send.sendId, keys, monotonicNow() - begunAt);
        } catch (error) {
          // Its lease ends by itself.
          logger.warn('limit-lease-left', { sendId: send.sendId, error: messageOf(error) });
        }
      },
    };
    turns.set(go, { slotAt, lates });
    return go;
  };

  return {
    async admit(send, late) {
      const { overrides, slowed } = await current();
      const redisNow = redisTime.earliest();
      const turn = late === undefined ? undefined : turns.get(late);
      await late?.done();
      const limitKeys = limitKeysOf(rules, overrides, send);
      const slow = slowedNow(slowed, send, redisNow);
      if (slow.notBefore > 0) {
        // All that wait for this moment should not come in one.
        const at = localTime(slow.notBefore, redisNow) + random() * refreshMs * 4;
        const names = slowNamesOf(send).filter((name) => slowed.has(name));
        return { kind: 'later', at: Math.ceil(at), because: 'slowed', keys: names };
      }
      const keys = slow.keys.length === 0 ? limitKeys : [...limitKeys, ...slow.keys];
      if (keys.length === 0) return freeGo(send);
      const names = keys.map(({ name }) => name);
      if (turn !== undefined && turn.lates >= latesMax) {
        logger.warn('limit-always-late', { sendId: send.sendId, keys: names });
        return { kind: 'later', at: clock.now() + 1_000, because: 'limit', keys: names };
      }
      const askedAt = monotonicNow();
      const answer = await limits.reserve(
        send.sendId,
        keys,
        turn === undefined ? undefined : { unusedSlotAt: turn.slotAt },
      );
      redisTime.sample(askedAt, monotonicNow(), answer.redisNow);
      switch (answer.kind) {
        case 'go':
          return limitedGo(send, keys, answer.slotAt, (turn?.lates ?? -1) + 1);
        case 'booked': {
          const at = localTime(answer.slotAt - leadMs, answer.redisNow);
          return { kind: 'later', at, because: 'limit', keys: names };
        }
        case 'come-back': {
          const ms = answer.at - answer.redisNow;
          // Nothing was found so far ahead; who waits so long need not come in the order of asking.
          const at = ms < longestMs - 1_000 ? answer.at : answer.redisNow + ms * (1 - random() / 2);
          const because = answer.because === 'open' ? 'open' : 'limit';
          return { kind: 'later', at: localTime(at, answer.redisNow), because, keys: names };
        }
      }
    },
    async slowDown(send, found) {
      if (found.kind === 'none') return;
      const key = slowKeysOf(send)[found.scope];
      const entry = await state.slowDown(key, {
        pauseMs: found.waitMs,
        stepMs: found.stepMs,
        stepCount: slowStepCount,
        ...(found.waitMsMax === undefined ? {} : { pauseMsMax: found.waitMsMax }),
      });
      logger.warn('slowed-down', { key, ms: found.waitMs, strikes: entry.strikes });
      // What goes from this process next must know it already.
      if (reading !== undefined) {
        reading = { ...reading, slowed: new Map(reading.slowed).set(key, entry) };
      }
    },
    async forgo(sendId) {
      // Left behind, it stays empty until its time.
      await swallow(limits.release(sendId), 'its slot stays empty', logger);
    },
    close: stopRenewing,
    async [Symbol.asyncDispose]() {
      stopRenewing();
    },
  };
}
