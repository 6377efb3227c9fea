import { expect, test } from '@jest/globals';
import { watchAnswers, watchEventLoop, type Standstill } from './standstills.ts';

const lockMs = 200;

/** Holds the event loop up. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('an event loop that stands still is told, with the time', async () => {
  const standstill = await new Promise<Standstill>((resolve) => {
    watchEventLoop(lockMs, resolve);
    setImmediate(() => standStill(300));
    // The watch does not keep the process alive; this does.
    setTimeout(() => undefined, 5_000).unref();
  });
  expect(standstill.until - standstill.from).toBeGreaterThanOrEqual(300);
});

test('an answer that takes long is told, one that does not is not, and a failure is an answer', async () => {
  const told: Standstill[] = [];
  const watching = new AbortController();
  let asked = 0;
  await watchAnswers(
    async () => {
      asked += 1;
      if (asked === 2) standStill(300);
      if (asked === 3) throw new Error('away');
      if (asked === 4) watching.abort();
      return Promise.resolve();
    },
    lockMs,
    (standstill) => told.push(standstill),
    watching.signal,
  );
  expect(asked).toBe(4);
  expect(told.some(({ from, until }) => until - from >= 300)).toBe(true);
});
