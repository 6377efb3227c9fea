import type { Clock } from '../../src/runtime/clock.ts';

/** A clock, and what makes it go on. */
export interface SteppedClock {
  readonly clock: Clock;
  /** Lets the wait pass, and comes back when the next one has begun. */
  readonly step: () => Promise<void>;
}

/** A clock for one that waits again and again; it goes on when the test says so. */
export function steppedClock(): SteppedClock {
  let wake: (() => void) | undefined;
  let asleep: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    async sleep(_ms, signal) {
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
        asleep?.();
      });
    },
  };
  return {
    clock,
    step: async () => {
      await new Promise<void>((resolve) => {
        asleep = resolve;
        wake?.();
      });
    },
  };
}
