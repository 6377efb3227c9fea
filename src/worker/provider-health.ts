import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { ProviderHealth } from '../queue/worker-registry.ts';
import type { SubmitOutcome } from './submission.ts';

/*
 * How the relay answers for mails to each recipient provider, over about the last minute: two
 * counters are raised for each answer, and everything else happens at a heartbeat. What did not come
 * to an answer tells of the route, not of the provider.
 */

/** The submissions of this process, by the provider of their recipients. */
export interface ProviderCounts {
  /** Counts one that was answered; `temperror`, where DNS did not say, as `other`. */
  count(provider: RecipientProvider | 'temperror', outcome: SubmitOutcome): void;
  /** Those of about the last minute; call it at each heartbeat. */
  read(): readonly ProviderHealth[];
}

interface Counts {
  readonly at: number;
  readonly answered: ReadonlyMap<RecipientProvider, number>;
  readonly deferred: ReadonlyMap<RecipientProvider, number>;
}

/** What is read covers about so long, in milliseconds. */
const windowMs = 60_000;

/**
 * Counts from nothing.
 *
 * @param now ms since 1970
 */
export function createProviderCounts(now: () => number): ProviderCounts {
  const answered = new Map<RecipientProvider, number>();
  const deferred = new Map<RecipientProvider, number>();
  const past: Counts[] = [{ at: now(), answered: new Map(), deferred: new Map() }];
  return {
    count(provider, outcome) {
      if (outcome.kind !== 'reply') return;
      const key = provider === 'temperror' ? 'other' : provider;
      answered.set(key, (answered.get(key) ?? 0) + 1);
      const { code } = outcome.reply;
      if (code >= 400 && code < 500) deferred.set(key, (deferred.get(key) ?? 0) + 1);
    },
    read() {
      const at = now();
      while (past.length > 1 && at - (past[1]?.at ?? at) >= windowMs) past.shift();
      const [first] = past;
      past.push({ at, answered: new Map(answered), deferred: new Map(deferred) });
      const overMs = Math.max(1, at - (first?.at ?? at));
      return [...answered].flatMap(([provider, count]) => {
        const answeredCount = count - (first?.answered.get(provider) ?? 0);
        const before = first?.deferred.get(provider) ?? 0;
        const deferredCount = (deferred.get(provider) ?? 0) - before;
        return answeredCount === 0 ? [] : [{ provider, overMs, answeredCount, deferredCount }];
      });
    },
  };
}
