/*
 * What time it is at Redis, judged in this process. Each answer of a script that carries Redis' time
 * bounds the difference of the two clocks: Redis read its clock after we asked and before we had the
 * answer. Bounds of several answers are intersected, and widened as time passes, for clocks drift.
 * Users ask for the side that errs safely.
 */

/** Redis' time, between two bounds. Milliseconds since 1970. */
export interface RedisTime {
  /** Notes an answer; the two instants are of the monotonic clock given to {@link createRedisTime}. */
  sample(askedAt: number, answeredAt: number, redisNow: number): void;
  /** Redis' time is this or later. */
  earliest(): number;
  /** Redis' time is this or earlier. */
  latest(): number;
}

/** Clocks of two machines differ by so much more per millisecond: 200 ppm. */
const driftPerMs = 0.0002;

/**
 * An estimate of Redis' time; without any sample it knows nothing: from 0 to infinity.
 *
 * @param monotonicNow milliseconds of a clock that is never set, such as `performance.now()`
 */
export function createRedisTime(monotonicNow: () => number): RedisTime {
  let low = -Infinity;
  let high = Infinity;
  let at = 0;
  const spread = (now: number): number => (now - at) * driftPerMs;
  return {
    sample(askedAt, answeredAt, redisNow) {
      const from = redisNow - answeredAt;
      const to = redisNow - askedAt;
      const wider = spread(answeredAt);
      at = answeredAt;
      low = Math.max(low - wider, from);
      high = Math.min(high + wider, to);
      // Redis' clock was set: what we knew is void.
      if (low > high) [low, high] = [from, to];
    },
    earliest() {
      const now = monotonicNow();
      return low === -Infinity ? 0 : now + low - spread(now);
    },
    latest() {
      const now = monotonicNow();
      return now + high + spread(now);
    },
  };
}
