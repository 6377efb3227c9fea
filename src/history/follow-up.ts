import { backoffMs } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';

/** What {@link createFollowUp} takes. */
export interface FollowUpOptions {
  /** What is to be done after notices were recorded; doing it twice must change nothing. */
  readonly work: () => Promise<unknown>;
  /** How long it waits at most until it is done again, in milliseconds. */
  readonly everyMs: number;
  /** How long a stop waits for the work in hand, in milliseconds; default 5,000. */
  readonly stopGraceMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1), for the spread of waits. */
  readonly random: () => number;
}

/** Does what follows from notices once they are committed. */
export interface FollowUp {
  /** Works until the signal fires. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something to do now. */
  wake(): void;
}

const retryPlan = { baseMs: 500, capMs: 60_000 };

/** Makes a follow-up: at the start, whenever it is woken, from time to time, and again after a failure. */
export function createFollowUp(options: FollowUpOptions): FollowUp {
  const { work, everyMs, stopGraceMs = 5_000, clock, logger, random } = options;
  let woken = new AbortController();
  let failures = 0;

  const workOnce = async (): Promise<void> => {
    try {
      await work();
      if (failures > 0) logger.info('notice-feedback-resumed', { failures });
      failures = 0;
    } catch (error) {
      failures += 1;
      // One line per outage: it may last for hours.
      if (failures === 1) logger.error('notice-feedback-stopped', { error: messageOf(error) });
    }
  };

  /** Resolves some time after the signal, unless the work is done: Redis may be away for ever. */
  const givenUp = async (signal: AbortSignal, done: AbortSignal): Promise<void> => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true, signal: done });
    });
    await swallow(clock.sleep(stopGraceMs, done), 'done meanwhile');
  };

  return {
    wake: () => woken.abort(),
    async run(signal) {
      while (!signal.aborted) {
        // Before the work: what comes meanwhile is done in the next turn.
        woken = new AbortController();
        const done = new AbortController();
        await Promise.race([workOnce(), givenUp(signal, done.signal)]);
        done.abort();
        if (signal.aborted) return;
        const waitMs = failures === 0 ? everyMs : backoffMs(retryPlan, failures, random());
        const early = failures === 0 ? AbortSignal.any([signal, woken.signal]) : signal;
        await swallow(clock.sleep(waitMs, early), 'woken, or stopped');
      }
    },
  };
}
