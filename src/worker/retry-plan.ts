import { classPolicies } from '../bounces/class-policy.ts';
import { bounceClasses, type BounceClass, type RetryAdvice } from '../mail/bounce-class.ts';
import type { BackoffPlan } from '../runtime/backoff.ts';

/*
 * When a send is tried again: four schedules, and which of them a refusal follows, after a 4xx and
 * after a 5xx, as `class-policy.ts` says. A schedule is a list of waits; the last one is repeated
 * until the send expires. The index is the number of the attempt, whatever the earlier ones ended
 * with, so that a send that meets many troubles does not begin anew with each.
 */

/** Name of a schedule of waits. */
export type ScheduleName = 'fast' | 'std' | 'slow' | 'backoff';

/** All schedules, for checks. */
export const scheduleNames: readonly ScheduleName[] = ['fast', 'std', 'slow', 'backoff'];

/** What callers may set; all of it optional. */
export interface RetryOptions {
  /** First wait of schedule `std`, in milliseconds; default 60,000. */
  readonly baseMs?: number;
  /** Longest wait of every schedule, in milliseconds; default 3,600,000 for `std`, none for the others. */
  readonly capMs?: number;
  /** Factor from one wait of `std` to the next; default 2. */
  readonly factor?: number;
  /** Share of each wait that is random, 0 to 1; default 0.2 (so 80 % to 120 %). */
  readonly jitter?: number;
  /** The waits of the other schedules, in milliseconds, each list at least one. */
  readonly schedules?: Readonly<Partial<Record<Exclude<ScheduleName, 'std'>, readonly number[]>>>;
  /** Which schedule a class follows wherever it is tried again; default: see `describeSchedule`. */
  readonly classes?: Readonly<Partial<Record<BounceClass, ScheduleName>>>;
  /** After this many attempts that may have been accepted or not, a send is held; default 3. */
  readonly uncertainMax?: number;
}

/** What follows a refusal of one class. */
export interface ClassRule {
  /** After an attempt that was deferred. */
  readonly deferred: ScheduleName;
  /** After one that was rejected; `none`: the send ends. */
  readonly rejected: RetryAdvice;
  /** Wait at least this long, in milliseconds. */
  readonly atLeastMs?: number;
  /** Another route may take the mail: it is tried there at once. */
  readonly elsewhere?: true;
  /** After a first attempt that was rejected, once more: such replies are often not about this mail. */
  readonly onceMore?: ScheduleName;
  /** A wait that the server asks for counts even where it is shorter than the schedule's. */
  readonly asAsked?: true;
}

/** A plan with every default filled in. */
export interface RetryPlan {
  readonly schedules: Readonly<Record<ScheduleName, readonly number[]>>;
  readonly rules: Readonly<Record<BounceClass, ClassRule>>;
  readonly jitter: number;
  readonly uncertainMax: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const defaultSchedules: Readonly<Record<Exclude<ScheduleName, 'std'>, readonly number[]>> = {
  fast: [1, 5, 15, 30, 60].map((minutes) => minutes * minuteMs),
  slow: [1, 4, 12, 24].map((hours) => hours * hourMs),
  backoff: [5, 10, 20, 40, 80, 120].map((minutes) => minutes * minuteMs),
};

type ClassTraits = Omit<ClassRule, 'deferred' | 'rejected'>;

const elsewhere = { elsewhere: true } as const;

/** What class-policy.ts does not say: how a class is tried again. */
const traits: Readonly<Partial<Record<BounceClass, ClassTraits>>> = {
  // What speaks of the relay, of its address, or of the way from there: another one may do better.
  network_error: elsewhere,
  remote_system_error: elsewhere,
  remote_system_full: elsewhere,
  message_too_large: elsewhere,
  tls_required: elsewhere,
  blocklisted: elsewhere,
  low_reputation: elsewhere,
  ptr_missing: elsewhere,
  relay_denied: elsewhere,
  security: elsewhere,
  // Most servers ask for 5 minutes, and an earlier try begins the time anew at some of them.
  greylisted: { atLeastMs: 5 * minuteMs, asAsked: true },
  // Coming back as soon as asked does no harm: what slows the whole key down lets it pass, or not.
  rate_limited: { asAsked: true },
  domain_unknown: { onceMore: 'std' },
  protocol_error: { onceMore: 'fast' },
};

function ruleOf(name: BounceClass, wanted: ScheduleName | undefined, capMs: number): ClassRule {
  const { transient, permanent } = classPolicies[name].retry;
  const { atLeastMs, onceMore, ...rest } = traits[name] ?? {};
  return {
    ...rest,
    // A class that is never tried again comes with attempts that were rejected (classify-attempt.ts).
    deferred: wanted ?? (transient === 'none' ? 'std' : transient),
    rejected: permanent === 'none' ? 'none' : (wanted ?? permanent),
    ...(onceMore === undefined ? {} : { onceMore: wanted ?? onceMore }),
    ...(atLeastMs === undefined ? {} : { atLeastMs: Math.min(atLeastMs, capMs) }),
  };
}

/** Fills in the defaults. */
export function resolveRetryPlan(options: RetryOptions = {}): RetryPlan {
  const { capMs = Number.POSITIVE_INFINITY, schedules = {}, classes = {} } = options;
  const capped = (waits: readonly number[]): readonly number[] =>
    waits.map((waitMs) => Math.min(waitMs, capMs));
  const rules = Object.fromEntries(
    bounceClasses.map((name) => [name, ruleOf(name, classes[name], capMs)]),
  ) as Record<BounceClass, ClassRule>;
  return {
    schedules: {
      std: doubling({ baseMs: 60_000, capMs: hourMs, ...options }),
      fast: capped(schedules.fast ?? defaultSchedules.fast),
      slow: capped(schedules.slow ?? defaultSchedules.slow),
      backoff: capped(schedules.backoff ?? defaultSchedules.backoff),
    },
    rules,
    jitter: options.jitter ?? 0.2,
    uncertainMax: options.uncertainMax ?? 3,
  };
}

/** The waits of an exponential plan, up to the first one that the cap cuts. */
function doubling({ baseMs, capMs, factor = 2 }: BackoffPlan): readonly number[] {
  const waits = [Math.min(baseMs, capMs)];
  // A factor of 1 never reaches the cap; what is longer than 40 steps is as good as constant.
  for (let last = waits[0] ?? capMs; last < capMs && waits.length < 40; waits.push(last)) {
    last = Math.min(last * factor, capMs);
  }
  return waits;
}

/**
 * Which schedule an attempt with this result is followed by; undefined: none, the send ends.
 *
 * @param attempt its number, from 1
 */
export function scheduleAfter(
  rule: ClassRule,
  result: 'deferred' | 'rejected',
  attempt: number,
): ScheduleName | undefined {
  if (result === 'deferred') return rule.deferred;
  if (rule.rejected !== 'none') return rule.rejected;
  return attempt === 1 ? rule.onceMore : undefined;
}

/**
 * The wait after attempt `attempt` (from 1) by a rule, in milliseconds, spread by the jitter.
 *
 * @param random a number in [0, 1)
 */
export function scheduledWaitMs(
  plan: RetryPlan,
  rule: ClassRule,
  schedule: ScheduleName,
  attempt: number,
  random: number,
): number {
  const waits = plan.schedules[schedule];
  const waitMs = waits[Math.min(Math.max(attempt, 1), waits.length) - 1] ?? hourMs;
  const spread = Math.round(waitMs * (1 + plan.jitter * (2 * random - 1)));
  return Math.max(1, spread, rule.atLeastMs ?? 0);
}
