import type { Clock } from '../runtime/clock.ts';

/**
 * Waits for work, but not longer than `graceMs` after the stop signal: a connection that waits for
 * its server to come back would keep us for ever.
 *
 * @returns undefined when it was given up; its end is ignored then
 */
export async function unlessStopped<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  graceMs: number,
  clock: Clock,
): Promise<Result | undefined> {
  const done = new AbortController();
  const stopped = new Promise<undefined>((resolve) => {
    const giveUp = (): void => {
      if (graceMs === 0) resolve(undefined);
      else void pause(clock, graceMs, done.signal).then(() => resolve(undefined));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    done.abort();
  }
}

/** Sleeps, and wakes early without complaint when the signal fires. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
