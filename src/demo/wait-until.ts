import type { Clock } from '../runtime/clock.ts';
import { OnbehalfError } from '../runtime/errors.ts';

/** What {@link waitUntil} takes. */
export interface WaitOptions<Count> {
  /** Looks at what changes; called every 100 ms. */
  readonly look: () => Promise<Count>;
  /** Whether that is what is waited for. */
  readonly enough: (seen: Count) => boolean;
  /** Throws when waiting has become pointless, e.g. because a process has ended. */
  readonly check: () => void;
  /** What is waited for, for the message when it does not come. */
  readonly what: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest time in which nothing changes, in milliseconds; default 20 000. */
  readonly standstillMs?: number;
}

const lookEveryMs = 100;

/**
 * Waits until something has come about that cannot tell of itself: rows that another process
 * writes.
 *
 * @throws OnbehalfError `SERVER_FAILED` when nothing changes for too long; what `check` throws; the
 *   reason of the signal
 */
export async function waitUntil<Count>(options: WaitOptions<Count>): Promise<Count> {
  const { clock, signal, standstillMs = 20_000 } = options;
  let last = '';
  let changedAt = clock.now();
  for (;;) {
    signal.throwIfAborted();
    options.check();
    const seen = await options.look();
    if (options.enough(seen)) return seen;
    const now = JSON.stringify(seen);
    if (now !== last) changedAt = clock.now();
    last = now;
    if (clock.now() - changedAt > standstillMs) {
      const seconds = Math.round(standstillMs / 1000);
      throw new OnbehalfError(
        'SERVER_FAILED',
        `${options.what}: nothing happened for ${seconds} s`,
      );
    }
    await clock.sleep(lookEveryMs, signal);
  }
}
