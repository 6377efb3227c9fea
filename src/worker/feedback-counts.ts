import type { BounceClass } from '../mail/bounce-class.ts';
import type { BreakerRule } from '../queue/breaker-rule.ts';
import {
  breakerNamesOf,
  breakerText,
  countAttempts,
  type FeedbackCounts,
  type TrippedBreaker,
} from '../queue/breakers.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import type { Redis } from 'ioredis';
import type { KeyNames } from '../queue/key-names.ts';

/*
 * What this worker saw of the mail of each sender and campaign, for their breakers. It is added up and
 * brought to Redis a second later, or at once with a refusal as spam: no mail waits for it. What a
 * process saw in its last second is lost when it is killed.
 */

/** Counts the ends of attempts. */
export interface FeedbackCounter {
  /** Counts an event that was recorded. */
  count(job: SendJob, event: OutcomeEvent): void;
  /** Brings what is left to Redis. */
  close(): Promise<void>;
}

/** What {@link createFeedbackCounter} takes. */
export interface FeedbackCounterParts {
  readonly redis: Redis;
  readonly keys: KeyNames;
  /** Absent: nothing is counted. */
  readonly rule: BreakerRule | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Classes that speak of the mail rather than of us or the recipient. A listed link is `spam_content`
 * too; `blocklisted` is about the address that a relay sends from, which is no fault of a sender.
 */
const spamClasses: readonly BounceClass[] = ['spam_content', 'complaint'];
const everyMs = 1_000;

/** Counts in memory, and brings it to Redis about once a second. */
export function createFeedbackCounter(parts: FeedbackCounterParts): FeedbackCounter {
  const { redis, keys, rule, clock, logger } = parts;
  if (rule === undefined) return { count: () => undefined, close: async () => Promise.resolve() };
  let counts = new Map<string, FeedbackCounts>();
  let underWay: Promise<void> | undefined;
  let hurry = new AbortController();
  let isClosed = false;

  const bring = async (): Promise<void> => {
    const brought = counts;
    counts = new Map();
    for (const breaker of await countAttempts(redis, keys, brought, rule)) {
      tellOfBreaker(logger, breaker);
    }
  };
  const turn = async (): Promise<void> => {
    await clock.sleep(everyMs, hurry.signal).catch(() => undefined);
    hurry = new AbortController();
    await swallow(bring(), 'breakers count a little less', logger);
    underWay = counts.size > 0 && !isClosed ? turn() : undefined;
  };

  return {
    count({ tenant, campaign }, { from, route, result, bounce }) {
      if (from === undefined || route === undefined || result === undefined) return;
      const isSpam = bounce !== undefined && spamClasses.includes(bounce.class);
      for (const name of breakerNamesOf({ tenant, sender: from, campaign })) {
        const before = counts.get(name) ?? { attempts: 0, accepted: 0, spamRefusals: 0 };
        counts.set(name, {
          attempts: before.attempts + 1,
          accepted: before.accepted + (result === 'accepted' ? 1 : 0),
          spamRefusals: before.spamRefusals + (isSpam ? 1 : 0),
        });
      }
      if (!isClosed) underWay ??= turn();
      if (isSpam) hurry.abort();
    },
    async close() {
      isClosed = true;
      hurry.abort();
      await underWay;
      if (counts.size > 0) await bring();
    },
  };
}

/** Tells the operator, once for each time that it trips. */
function tellOfBreaker(logger: Logger, breaker: TrippedBreaker): void {
  const { name, cause, count, of } = breaker;
  const text = `${breakerText(breaker)}; onbehalf breaker reset ${name}`;
  logger.error('breaker-tripped', { breaker: name, cause, count, of, text });
}
