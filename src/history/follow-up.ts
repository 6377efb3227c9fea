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
  const { work, everyMs, clock, logger, random } = options;
  let woken = new AbortController();
  return {
    wake: () => woken.abort(),
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        // Before the work: what comes meanwhile is done in the next turn.
        woken = new AbortController();
        try {
          await work();
          failures = 0;
        } catch (error) {
          failures += 1;
          if (failures === 1) logger.error('notice-feedback-stopped', { error: messageOf(error) });
        }
        const waitMs = failures === 0 ? everyMs : backoffMs(retryPlan, failures, random());
        const early = failures === 0 ? AbortSignal.any([signal, woken.signal]) : signal;
        await swallow(clock.sleep(waitMs, early), 'woken, or stopped', logger);
      }
    },
  };
}
