import type { Redis } from 'ioredis';
import { addressKey, type EmailAddress } from '../mail/address.ts';
import type { BreakerRule } from './breaker-rule.ts';
import { countFeedback, resetBreaker } from './breaker-scripts.ts';
import type { KeyNames } from './key-names.ts';
import type { Logger } from '../runtime/logger.ts';
import { runScript } from './script.ts';

/*
 * Breakers hold the mail of a sender, or of a campaign, when too many complain of it or too many
 * servers refuse it as spam: more of it would harm the mail of everybody. One that has tripped stays so
 * until an operator resets it.
 *
 * Counts are those of the whole fleet, by the clock of Redis, for the last 24 hours to the hour. Workers
 * add up what they see and bring it about once a second, so a worker that is killed loses what it saw in
 * the last second. Complaints are counted once each, by the id of their notice, where they are read.
 */

/** A breaker that has tripped. */
export interface TrippedBreaker {
  /** Tenant, `sender` or `campaign`, and which one, e.g. `default/sender/jane@acme.example`. */
  readonly name: string;
  readonly cause: 'complaints' | 'spam-refusals';
  /** How many there were when it tripped, and of how many mails. */
  readonly count: number;
  readonly of: number;
  /** When it tripped, ms since 1970. */
  readonly since: number;
}

/** Whose mail something happened to. */
export interface FeedbackSubject {
  readonly tenant: string;
  /** The user on whose behalf. */
  readonly sender: string;
  readonly campaign?: string | undefined;
}

/** How many of each there were, of one subject. */
export interface FeedbackCounts {
  readonly attempts: number;
  readonly accepted: number;
  readonly spamRefusals: number;
}

/** A notice as it is counted. */
export interface CountedNotice extends FeedbackSubject {
  readonly what: 'complaint' | 'spam-refusal';
  /** Of the notice that told it; the same notice counts once, also when it is read again within 8 days. */
  readonly noticeId: string;
  /** When the notice came, ms since 1970: one of more than 24 hours ago is not counted. */
  readonly at: number;
}

/** Names of the breakers that may hold mail of a subject. */
export function breakerNamesOf({ tenant, sender, campaign }: FeedbackSubject): readonly string[] {
  const own = `${tenant}/sender/${addressKey(sender as EmailAddress)}`;
  return campaign === undefined ? [own] : [own, `${tenant}/campaign/${campaign}`];
}

/** Subjects in one call of the script: bounds how long Redis serves nobody else. */
const subjectsPerCall = 100;

/**
 * Adds up what happened to mails, by the names of their breakers.
 *
 * @returns the breakers that this has tripped: told to nobody else
 */
export async function countAttempts(
  redis: Redis,
  keys: KeyNames,
  counts: ReadonlyMap<string, FeedbackCounts>,
  rule: BreakerRule,
): Promise<readonly TrippedBreaker[]> {
  const all = [...counts];
  const tripped: TrippedBreaker[] = [];
  for (let from = 0; from < all.length; from += subjectsPerCall) {
    const some = all.slice(from, from + subjectsPerCall);
    const names = [keys.breakers, ...some.map(([name]) => keys.feedbackCounts(name))];
    const values = some.flatMap(([name, { attempts, accepted, spamRefusals }]) => [
      name,
      attempts,
      accepted,
      spamRefusals,
      0,
    ]);
    const answer = await runScript(redis, countFeedback, names, [
      '',
      ...thresholds(rule),
      ...values,
    ]);
    tripped.push(...readTripped(answer));
  }
  return tripped;
}

/**
 * Counts what a notice tells against its sender and its campaign, once. Safe to repeat after a crash.
 *
 * @returns the breakers that this has tripped: tell the operator, for nobody else does
 */
export async function noteFeedback(
  redis: Redis,
  keys: KeyNames,
  counted: CountedNotice,
  rule: BreakerRule,
): Promise<readonly TrippedBreaker[]> {
  const subjects = breakerNamesOf(counted);
  const names = [
    keys.breakers,
    ...subjects.map((name) => keys.feedbackCounts(name)),
    keys.countedNotice(counted.noticeId),
  ];
  const refusals = counted.what === 'spam-refusal' ? 1 : 0;
  const values = subjects.flatMap((name) => [name, 0, 0, refusals, 1 - refusals]);
  return readTripped(
    await runScript(redis, countFeedback, names, [counted.at, ...thresholds(rule), ...values]),
  );
}

/** What has tripped, and the number that rises with each change. */
export async function readBreakers(
  redis: Redis,
  keys: KeyNames,
): Promise<{ readonly version: number; readonly tripped: readonly TrippedBreaker[] }> {
  const { v: version = '0', ...states } = await redis.hgetall(keys.breakers);
  const tripped = Object.entries(states).map(([name, json]) => readState(name, json));
  return {
    version: Number(version),
    tripped: tripped.toSorted((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1)),
  };
}

/** Lets the mail of a breaker go again, and begins to count anew; false where it had not tripped. */
export async function closeBreaker(redis: Redis, keys: KeyNames, name: string): Promise<boolean> {
  const names = [keys.breakers, keys.feedbackCounts(name)];
  return (await runScript(redis, resetBreaker, names, [name])) === 1;
}

/** One sentence without secrets: what is held, and why. */
export function breakerText({ name, cause, count, of }: TrippedBreaker): string {
  const share = ((100 * count) / of).toFixed(2);
  const why =
    cause === 'complaints'
      ? `${count} complaints of ${of} accepted mails`
      : `${count} refusals as spam of ${of} attempts`;
  return `mail of ${name} is held: ${why} in 24 h (${share} %)`;
}

function thresholds({ complaints, spamRefusals }: BreakerRule): readonly number[] {
  return [complaints, spamRefusals].flatMap(({ share, countMin, ofMin }) => [
    share,
    countMin,
    ofMin,
  ]);
}

function readTripped(answer: unknown): readonly TrippedBreaker[] {
  const list = Array.isArray(answer) ? answer.map(String) : [];
  return list.flatMap((name, index) =>
    index % 2 === 0 ? [readState(name, list[index + 1] ?? '{}')] : [],
  );
}

function readState(name: string, json: string): TrippedBreaker {
  // Only our scripts write it.
  return { name, ...(JSON.parse(json) as Omit<TrippedBreaker, 'name'>) };
}

/** Tells the operator of a breaker that has tripped; whoever tripped it does so, once. */
export function tellOfBreaker(logger: Logger, breaker: TrippedBreaker): void {
  const { name, cause, count, of } = breaker;
  const text = `${breakerText(breaker)}; onbehalf breaker reset ${name}`;
  logger.error('breaker-tripped', { breaker: name, cause, count, of, text });
}
