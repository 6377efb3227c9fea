import type { Clock } from '../runtime/clock.ts';
import type { DailyClaim, DailyCount } from './daily-count.ts';

/** Domains remembered at most; then all are forgotten, which costs a look-up each. */
const domainsMax = 10_000;

/**
 * A daily count that does not ask again for a domain whose day is full: a count only grows. What was
 * counted before the day was full is `full` then, too, when it is asked for again.
 */
export function rememberedDailyCount(counter: DailyCount, clock: Pick<Clock, 'now'>): DailyCount {
  const full = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    ...counter,
    async claim(fromDomain, id, mailsMax, mails = 1): Promise<DailyClaim> {
      const now = clock.now();
      const known = full.get(fromDomain);
      if (known !== undefined && now < known.until && known.count >= mailsMax) {
        return { kind: 'full', count: known.count, dayEndsInMs: known.until - now };
      }
      const claim = await counter.claim(fromDomain, id, mailsMax, mails);
      if (claim.kind === 'full') {
        if (full.size >= domainsMax) full.clear();
        full.set(fromDomain, { count: claim.count, until: now + claim.dayEndsInMs });
      }
      return claim;
    },
  };
}
