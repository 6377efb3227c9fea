import type { Redis } from 'ioredis';
import type { HistoryDatabase } from '../../db/open.ts';
import { createRecipientProviders } from '../domains/recipient-providers.ts';
import type { DnsResolver } from '../domains/resolver.ts';
import { createFactsCache } from '../queue/facts-cache.ts';
import type { BreakerRule } from '../queue/breaker-rule.ts';
import { noteFeedback, tellOfBreaker, type CountedNotice } from '../queue/breakers.ts';
import type { KeyNames } from '../queue/key-names.ts';
import { createLimitState } from '../queue/limit-state.ts';
import { createPolicyRefusals } from '../queue/policy-refusals.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { tellFeedback } from './tell-feedback.ts';
import { createNoticeWatch } from './watch-notices.ts';

/** What {@link createNoticeWork} takes. */
export interface NoticeWorkOptions {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly database: HistoryDatabase;
  readonly resolver: DnsResolver;
  /** Whether domain facts may be kept in Redis: not those of a zone, they would outlive its changes. */
  readonly sharesFacts: boolean;
  /** When the mail of a sender is held; absent: never. */
  readonly breakerRule: BreakerRule | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What is done after notices were recorded: workers are told, and an operator where he should know.
 * Doing it twice changes nothing.
 */
export function createNoticeWork(options: NoticeWorkOptions): () => Promise<void> {
  const { redis, keys, database, resolver, sharesFacts, breakerRule, clock, logger } = options;
  const context = {
    database,
    limits: createLimitState(redis, keys),
    policyRefusals: createPolicyRefusals(redis, keys),
    providers: createRecipientProviders({
      resolver,
      clock,
      ...(sharesFacts ? { cache: createFactsCache(redis, keys) } : {}),
      logger,
    }),
    count: async (counted: CountedNotice): Promise<void> => {
      if (breakerRule === undefined) return;
      const tripped = await noteFeedback(redis, keys, counted, breakerRule);
      for (const breaker of tripped) tellOfBreaker(logger, breaker);
    },
    clock,
    logger,
  };
  const watch = createNoticeWatch({ database, clock, logger });
  return async () => {
    await watch.look();
    await tellFeedback(context);
  };
}
