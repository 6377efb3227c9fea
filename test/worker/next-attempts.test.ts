import { expect, test } from '@jest/globals';
import type { BounceClass } from '../../src/mail/bounce-class.ts';
import { nextAttempts } from '../../src/worker/next-attempts.ts';
import { resolveRetryPlan } from '../../src/worker/retry-plan.ts';

const plan = resolveRetryPlan();
const minute = 60_000;
const nextAt = 1_000_000;
const bounce = (name: BounceClass) => ({ class: name });
const minutesFrom = (times: readonly number[]): readonly number[] =>
  times.map((at) => (at - nextAt) / minute);

test('goes on as the schedule of the refusal does, without jitter', () => {
  const latest = { attempt: 1, result: 'deferred', bounce: bounce('greylisted'), nextAt } as const;
  const long = nextAttempts(plan, latest, nextAt + 10_000 * minute);
  expect(minutesFrom(long.at)).toEqual([0, 5, 20, 50, 110, 170]);
  expect([long.rule, long.isCut]).toEqual([
    'greylisted: a 5xx as well; fast: 5 min, 5 min, 15 min, 30 min, then every 1 h',
    true,
  ]);
  // An attempt takes place before the expiry, never at it.
  const short = nextAttempts(plan, latest, nextAt + 20 * minute);
  expect([minutesFrom(short.at), short.isCut]).toEqual([[0, 5], false]);
  expect(nextAttempts(plan, latest, nextAt)).toMatchObject({ at: [], isCut: false });
});

test.each([
  ['of an older worker', { result: 'deferred' }, /^unknown: /, 6],
  ['uncertain', { result: 'uncertain', bounce: bounce('network_error') }, /^unknown: /, 1],
  [
    'full, whatever its first digit',
    { result: 'rejected', bounce: bounce('mailbox_full') },
    /^mailbox_full: /,
    6,
  ],
  [
    'refused for good, and tried once more',
    { result: 'rejected', bounce: bounce('domain_unknown') },
    /^domain_unknown: /,
    1,
  ],
] as const)('%s', (_what, ended, rule, count) => {
  const next = nextAttempts(plan, { attempt: 1, ...ended, nextAt }, Number.MAX_SAFE_INTEGER);
  expect(next.rule).toMatch(rule);
  expect(next.at).toHaveLength(count);
});
