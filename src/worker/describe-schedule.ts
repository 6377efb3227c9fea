import { classPolicies } from '../bounces/class-policy.ts';
import { bounceClasses, type BounceClass } from '../mail/bounce-class.ts';
import type { ClassRule, RetryPlan, ScheduleName } from './retry-plan.ts';

/** Classes of failures, those of the classes that an attempt may end with. */
const failures = bounceClasses.filter((name) => classPolicies[name].nature !== 'none');

/** When a refusal of one class is tried again, as one line for people. */
export function describeRule(plan: RetryPlan, name: BounceClass): string {
  const rule = plan.rules[name];
  const { transient } = classPolicies[name].retry;
  const waits = transient === 'none' ? 'not tried again' : waitsText(plan, rule, rule.deferred);
  return `${name}: ${[...additions(rule), waits].join('; ')}`;
}

/** When sends are tried again, as lines for people: one for each class, and what holds for all. */
export function describeSchedule(plan: RetryPlan): readonly string[] {
  const jitter = Math.round(plan.jitter * 100);
  return [
    ...failures.map((name) => describeRule(plan, name)),
    `waits vary by ${jitter} %; never sooner than the server asks, never after the send has expired`,
    `an attempt that may have been accepted is sent again as "unknown", at most ${plan.uncertainMax} times in all, or held, by policy`,
  ];
}

function additions(rule: ClassRule): readonly string[] {
  return [
    ...(rule.elsewhere === true ? ['over another route at once, where there is one'] : []),
    ...(rule.onceMore === undefined ? [] : ['a 5xx once more']),
    ...(rule.rejected === 'none' ? [] : ['a 5xx as well']),
  ];
}

function waitsText(plan: RetryPlan, rule: ClassRule, schedule: ScheduleName): string {
  const waits = plan.schedules[schedule].map((ms) => Math.max(ms, rule.atLeastMs ?? 0));
  const last = durationText(waits.at(-1) ?? 0);
  const first = waits.slice(0, -1).map((ms) => durationText(ms));
  return `${schedule}: ${first.length === 0 ? '' : `${first.join(', ')}, then `}every ${last}`;
}

/** A length of time in the largest unit that keeps it exact to 0.2 %, e.g. `90 s`, `5 min`, `4 h`. */
export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  for (const [unit, length] of units) {
    const count = Math.round(ms / length);
    if (count > 0 && Math.abs(count * length - ms) <= ms / 500 && (unit !== 'd' || count > 1)) {
      return `${count} ${unit}`;
    }
  }
  return `${Math.round(ms)} ms`;
}
