import { expect, test } from '@jest/globals';
import { decideNext } from '../../src/worker/decide-next.ts';

const plan = { baseMs: 1_000, capMs: 8_000, jitter: 0 };
const at = (attempt: number, expiresAt: number, result: 'deferred' | 'uncertain') =>
  decideNext({ result, attempt, now: 100_000, expiresAt, mayMaskAgain: false }, plan, 0.5);

test.each(['accepted', 'rejected'] as const)('%s is final, however late', (result) => {
  for (const expiresAt of [0, 1_000_000]) {
    const outcome = { result, attempt: 1, now: 100_000, expiresAt, mayMaskAgain: false };
    expect(decideNext(outcome, plan, 0.5)).toEqual({ kind: 'final', state: result });
  }
});

test.each(['deferred', 'uncertain'] as const)('%s is tried again after the backoff', (result) => {
  const waits = [1, 2, 3, 4, 5, 50].map((attempt) => at(attempt, 1_000_000, result));
  expect(waits).toEqual(
    [1_000, 2_000, 4_000, 8_000, 8_000, 8_000].map((ms) => ({ kind: 'retry', at: 100_000 + ms })),
  );
});

test('a next time at or past the expiry ends a deferred send and holds an uncertain one', () => {
  expect(at(1, 101_001, 'deferred')).toEqual({ kind: 'retry', at: 101_000 });
  for (const expiresAt of [101_000, 100_000, 0]) {
    expect(at(1, expiresAt, 'deferred')).toEqual({ kind: 'final', state: 'expired' });
    expect(at(1, expiresAt, 'uncertain')).toMatchObject({
      kind: 'hold',
      reason: expect.stringContaining('uncertain'),
    });
  }
});

test('a refusal by policy is tried once more at once, unless the time to send is over', () => {
  for (const result of ['rejected', 'deferred'] as const) {
    const outcome = { result, attempt: 1, now: 100_000, mayMaskAgain: true };
    const next = (expiresAt: number) => decideNext({ ...outcome, expiresAt }, plan, 0.5);
    expect(next(1_000_000)).toEqual({ kind: 'mask-again', at: 100_000 });
    expect(next(100_000)).toMatchObject({ kind: 'final' });
  }
  for (const result of ['accepted', 'uncertain'] as const) {
    const outcome = { result, attempt: 1, now: 100_000, mayMaskAgain: true };
    expect(decideNext({ ...outcome, expiresAt: 1_000_000 }, plan, 0.5).kind).not.toBe('mask-again');
  }
});
