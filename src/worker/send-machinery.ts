import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Redis } from 'ioredis';
import { classifyError, classifyReply } from '../bounces/classify-reply.ts';
import { createDomainFacts } from '../domains/domain-facts.ts';
import type { DnsResolver } from '../domains/resolver.ts';
import { createAdmissions } from '../queue/admit.ts';
import { breakerRuleOf } from '../queue/breaker-rule.ts';
import { cachedPolicyRefusals } from '../queue/cached-policy-refusals.ts';
import { createContentStore } from '../queue/content-store.ts';
import { createDailyCount } from '../queue/daily-count.ts';
import { createFactsCache } from '../queue/facts-cache.ts';
import { createFrozenFactsStore } from '../queue/frozen-facts.ts';
import { keptContents } from '../queue/kept-contents.ts';
import type { KeyNames } from '../queue/key-names.ts';
import { createLedger } from '../queue/ledger.ts';
import { createLimitState } from '../queue/limit-state.ts';
import { createLimits } from '../queue/limits.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import { createPolicyRefusals } from '../queue/policy-refusals.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { rememberedDailyCount } from '../queue/remembered-daily-count.ts';
import { createTrippedBreakers } from '../queue/tripped-breakers.ts';
import { writeWaitNote } from '../queue/wait-notes.ts';
import { createFeedbackCounter } from './feedback-counts.ts';
import type { Identity } from './identity.ts';
import { whyLibraryLane } from './lane.ts';
import { createDomainTrouble } from './domain-trouble.ts';
import { createLanes } from './lanes.ts';
import { createRenderer } from './renderer.ts';
import { createProviderCounts } from './provider-health.ts';
import { resolveRetryPlan } from './retry-plan.ts';
import { limitRulesOf, resolveRoutes } from './route.ts';
import { createRoutes } from './routes.ts';
import type { SendContext } from './send-context.ts';
import { createThrottle } from './throttle.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What {@link buildSendMachinery} is built from. */
export interface MachineryParts {
  readonly options: WorkerOptions;
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly identity: Identity;
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything a worker sends with. */
export interface SendMachinery {
  readonly context: SendContext;
  /** Lets somebody hear of each recorded event, besides the listener of the options. */
  onRecorded(hear: SendContext['onOutcome']): void;
  /** Cuts all transactions and ends all waits for slots. */
  abort(): void;
  /** Says goodbye on idle connections; call it when nothing runs any more. */
  close(): void;
  /** Brings what was counted for breakers to Redis. */
  closeFeedback(): Promise<void>;
}

/**
 * Puts the parts of a worker together.
 *
 * @throws OnbehalfError `INVALID_INPUT` for routes that cannot be used
 */
export function buildSendMachinery(parts: MachineryParts): SendMachinery {
  const { options, redis, keys, identity, resolver, clock, logger } = parts;
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const routes = createRoutes({
    routes: resolveRoutes(
      [...(options.route === undefined ? [] : [options.route]), ...(options.routes ?? [])],
      identity.domain,
    ),
    clock,
    random,
    logger,
  });
  const lanes = new Map(routes.all.map((route) => [route.name, createLanes(route)]));
  const throttle = createThrottle({
    limits: createLimits(redis, keys),
    state: createLimitState(redis, keys),
    rules: [...limitRulesOf(routes.all), ...(options.limits ?? [])],
    clock,
    logger,
    random,
  });
  const listener = guarded(options.onOutcome, logger);
  let heard: SendContext['onOutcome'] = () => undefined;
  const stopping = new AbortController();
  // Every send that waits for its slot listens.
  setMaxListeners(0, stopping.signal);
  const libraryLane = whyLibraryLane();
  if (libraryLane !== undefined) logger.warn('library-lane', { reason: libraryLane });
  const secret = options.contentSecret;
  const contents = createContentStore({ redis, keys, ...(secret === undefined ? {} : { secret }) });
  const feedback = createFeedbackCounter({
    redis,
    keys,
    rule: breakerRuleOf(options.breaker),
    clock,
    logger,
  });
  const renderer = createRenderer({
    identity,
    settings: { provider: options.provider, dkim: options.dkim, keyring: options.keyring },
    logger,
  });
  const classifier = options.classifier ?? { classifyReply, classifyError };
  // Its rules are put together when it is asked first: not in the middle of work.
  classifier.classifyReply({ text: '' });
  const context: SendContext = {
    admissions: createAdmissions(redis, keys, keptContents(contents)),
    ledger: createLedger(redis, keys),
    frozenFacts: createFrozenFactsStore(redis, keys),
    masking: {
      identity,
      domains: createDomainFacts({
        resolver,
        clock,
        provider: identity.inDns,
        // What Redis keeps would outlive a change of the zone.
        ...(options.dns?.zone === undefined ? { cache: createFactsCache(redis, keys) } : {}),
        logger,
      }),
      policyRefusals: cachedPolicyRefusals(createPolicyRefusals(redis, keys), clock),
      dailyCount: rememberedDailyCount(createDailyCount(redis, keys), clock),
      onBehalfKinds: options.onBehalfKinds ?? ['single'],
    },
    renderer,
    routes,
    lanesOf(name) {
      const found = lanes.get(name);
      if (found === undefined) throw new TypeError(`no lanes for route ${name}`);
      return found;
    },
    throttle,
    providerCounts: createProviderCounts(() => clock.now()),
    domainTrouble: createDomainTrouble(() => clock.now()),
    classifier,
    breakers: createTrippedBreakers(redis, keys),
    feedback,
    retry: resolveRetryPlan(options.retry),
    clock,
    random,
    logger,
    stopping: stopping.signal,
    noteWait: (sendId, note) => {
      void swallow(writeWaitNote(redis, keys, sendId, note), 'a note for people', logger);
    },
    onOutcome(event, streamLength) {
      heard(event, streamLength);
      listener(event);
    },
  };
  return {
    context,
    onRecorded(hear) {
      heard = hear;
    },
    abort() {
      const reason = 'shutdown: the time to drain is over';
      stopping.abort(new Error(reason));
      for (const each of lanes.values()) each.abort(reason);
    },
    close() {
      throttle.close();
      renderer.close();
      for (const each of lanes.values()) each.close();
    },
    closeFeedback: async () => feedback.close(),
  };
}

function guarded(
  listener: ((event: OutcomeEvent) => void) | undefined,
  logger: Logger,
): (event: OutcomeEvent) => void {
  return (event) => {
    try {
      listener?.(event);
    } catch (error) {
      logger.error('outcome-listener-threw', { error: messageOf(error) });
    }
  };
}
