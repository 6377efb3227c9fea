import { setTimeout as delay } from 'node:timers/promises';

/*
 * On a machine that has too much to do, a worker or Redis may get no time for as long as a lock lasts. To
 * everybody else that is a worker that stands still, and so it is counted as one: by a clock that is
 * late, not by what came of it.
 */

/** Nobody got anything done between these two, ms since 1970. */
export interface Standstill {
  readonly from: number;
  readonly until: number;
}

const lookEveryMs = 100;

/** The share of a lock after which its renewal may come too late: it is due at the half of it. */
const shareOfLock = 0.35;

/**
 * Tells of each time that the event loop of this process stood still for a good part of a lock. Does not
 * keep the process alive.
 */
export function watchEventLoop(lockMs: number, tell: (standstill: Standstill) => void): void {
  let from = Date.now();
  setInterval(() => {
    const until = Date.now();
    if (until - from > lookEveryMs + shareOfLock * lockMs) tell({ from, until });
    from = until;
  }, lookEveryMs).unref();
}

/** Tells of each time that an answer took a good part of a lock, until the signal fires. */
export async function watchAnswers(
  ask: () => Promise<unknown>,
  lockMs: number,
  tell: (standstill: Standstill) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const from = Date.now();
    await ask().catch(() => undefined);
    const until = Date.now();
    if (until - from > shareOfLock * lockMs) tell({ from, until });
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
