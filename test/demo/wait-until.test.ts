import { expect, test } from '@jest/globals';
import { waitUntil } from '../../src/demo/wait-until.ts';
import '../support/leftovers.ts';

/** A clock on which only waiting takes time. */
function waitingClock() {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

const never = new AbortController().signal;

test('waits as long as something changes, and returns what it saw last', async () => {
  let count = 0;
  const seen = await waitUntil({
    look: async () => Promise.resolve((count += 1)),
    enough: (value) => value === 500,
    check: () => undefined,
    what: 'counting',
    clock: waitingClock(),
    signal: never,
    standstillMs: 150,
  });
  expect(seen).toBe(500);
});

test('gives up at a standstill, when a check fails, and when it is told to', async () => {
  const options = {
    look: async () => Promise.resolve(7),
    enough: () => false,
    check: () => undefined,
    what: 'sending',
    clock: waitingClock(),
    signal: never,
  };
  await expect(waitUntil(options)).rejects.toMatchObject({
    code: 'SERVER_FAILED',
    message: 'sending: nothing happened for 20 s',
  });
  const check = (): void => {
    throw new Error('worker 1 ended');
  };
  await expect(waitUntil({ ...options, check })).rejects.toThrow('worker 1 ended');
  const reason = new Error('stop');
  await expect(waitUntil({ ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
