import { setTimeout as delay } from 'node:timers/promises';

/** What {@link eventually} takes. */
export interface EventuallyOptions {
  /** What is waited for, for the message of a failure. */
  readonly what: string;
  /** Longest wait, in milliseconds; default 10 000. */
  readonly timeoutMs?: number;
}

/**
 * Asks again and again, every few milliseconds, until the answer is neither false nor undefined,
 * and returns it. Only for the state of things that cannot notify us: other processes, their
 * files, keys in Redis. Where there is an event or a promise, wait for that.
 */
export async function eventually<Result>(
  check: () => Promise<Result> | Result,
  options: EventuallyOptions,
): Promise<Exclude<Result, false | undefined>> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await check();
    if (result !== false && result !== undefined) {
      return result as Exclude<Result, false | undefined>;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for: ${options.what}`);
    }
    await delay(5);
  }
}
