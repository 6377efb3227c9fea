import { expect, test } from '@jest/globals';
import { classPolicies } from '../../src/bounces/class-policy.ts';
import { bounceClasses } from '../../src/mail/bounce-class.ts';
import { describeSchedule, durationText } from '../../src/worker/describe-schedule.ts';
import { resolveRetryPlan } from '../../src/worker/retry-plan.ts';

test('says for every class when it is tried again', () => {
  const lines = describeSchedule(resolveRetryPlan());
  for (const name of bounceClasses) {
    const count = classPolicies[name].nature === 'none' ? 0 : 1;
    expect(lines.filter((line) => line.startsWith(`${name}: `))).toHaveLength(count);
  }
  expect(lines).toContain('mailbox_full: a 5xx as well; slow: 1 h, 4 h, 12 h, then every 24 h');
  expect(lines).toContain(
    'greylisted: a 5xx as well; fast: 5 min, 5 min, 15 min, 30 min, then every 1 h',
  );
  expect(lines).toContain(
    'remote_system_error: over another route at once, where there is one; a 5xx as well; std: 1 min, 2 min, 4 min, 8 min, 16 min, 32 min, then every 1 h',
  );
  expect(lines).toContain(
    'protocol_error: a 5xx once more; fast: 1 min, 5 min, 15 min, 30 min, then every 1 h',
  );
  expect(lines).toContain('virus: not tried again');
});

test('a factor of 1 and a cap below the first wait give one wait', () => {
  const line = (options: Parameters<typeof resolveRetryPlan>[0]) =>
    describeSchedule(resolveRetryPlan(options)).find((each) => each.startsWith('unknown'));
  expect(line({ baseMs: 5_000, capMs: 2_000 })).toBe('unknown: std: every 2 s');
  expect(new Set(resolveRetryPlan({ factor: 1 }).schedules.std)).toEqual(new Set([60_000]));
});

test.each([
  ['90 s', 90_000],
  ['5 min', 300_000],
  ['1 h', 3_600_000],
  ['24 h', 86_400_000],
  ['7 d', 7 * 86_400_000],
  ['299 s', 299_000],
  ['250 ms', 250],
  ['0 ms', 0],
])('%s is %d ms', (text, ms) => {
  expect(durationText(ms)).toBe(text);
});
