import { expect, test } from '@jest/globals';
import { failedTtlMs, TimeToLive } from '../../src/domains/time-to-live.ts';

test('the least of all answers counts, in any order', () => {
  const ttl = new TimeToLive();
  expect(ttl.ms).toBe(Infinity);
  for (const ttlMs of [300_000, 60_000, 90_000]) ttl.of({ kind: 'no-data', ttlMs });
  expect([ttl.ms, ttl.sawFailure]).toEqual([60_000, false]);
});

test('an answer that DNS did not give counts for half a minute, and is remembered', () => {
  const ttl = new TimeToLive();
  const failed = { kind: 'failed', reason: 'x' } as const;
  expect(ttl.of(failed)).toBe(failed);
  ttl.of({ kind: 'no-name', ttlMs: 60_000 });
  expect([ttl.ms, ttl.sawFailure]).toEqual([failedTtlMs, true]);
  ttl.of({ kind: 'no-name', ttlMs: 5_000 });
  expect(ttl.ms).toBe(5_000);
});
