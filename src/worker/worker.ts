import { randomInt } from 'node:crypto';
import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { createDnsResolver } from '../domains/dns-resolver.ts';
import { createDomainFacts, type ProviderInDns } from '../domains/domain-facts.ts';
import type { DnsResolver } from '../domains/resolver.ts';
import { createZoneResolver } from '../domains/zone-resolver.ts';
import { zoneWithOwnKeys } from '../domains/zone-with-own-keys.ts';
import type { Keyring } from '../mail/keyring.ts';
import type { SendKind } from '../mail/kinds.ts';
import { createContentStore } from '../queue/content-store.ts';
import { createFactsCache } from '../queue/facts-cache.ts';
import { createFrozenFactsStore } from '../queue/frozen-facts.ts';
import { keyNames } from '../queue/key-names.ts';
import { createLedger } from '../queue/ledger.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import { createPolicyRefusals } from '../queue/policy-refusals.ts';
import { checkRedis } from '../queue/redis-check.ts';
import { openRedis, redisTrouble } from '../queue/redis-connection.ts';
import { parseSendJob, type SendJob } from '../queue/send-job.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { silentLogger, type Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { resolveIdentity, type DkimKeyOptions, type ProviderOptions } from './identity.ts';
import { createLanes } from './lanes.ts';
import { processSend, type SendContext } from './process-send.ts';
import { resolveRetryPlan, type RetryOptions } from './retry-plan.ts';
import { resolveRoute, type RouteOptions } from './route.ts';

/** What {@link createWorker} takes. */
export interface WorkerOptions {
  /** `redis://host:port/db`, `rediss://…` or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Tells several installations on one Redis apart; default `onbehalf`. */
  readonly prefix?: string;
  /** 32 bytes that contents in Redis are encrypted with, as producers have it; default: none. */
  readonly contentSecret?: Uint8Array;
  /** We, who transmit. */
  readonly provider: ProviderOptions;
  /** DKIM keys of the provider, the active one first; retired ones behind it. */
  readonly dkim: readonly DkimKeyOptions[];
  /** Secrets for return paths and the private header. */
  readonly keyring: Keyring;
  /** The relay. */
  readonly route: RouteOptions;
  /** Where DNS is asked; default: the servers of this machine. */
  readonly dns?: DnsOptions;
  /**
   * Kinds of mail for which the classic on-behalf format may be used where it can pass; default
   * `['single']`.
   */
  readonly onBehalfKinds?: readonly SendKind[];
  /** Sends in work at once in this process; default twice the route's connections. */
  readonly concurrency?: number;
  /** Waits between attempts; default by what the refusal is about, mostly from 60 s up to 1 hour. */
  readonly retry?: RetryOptions;
  /** How long `close()` lets transactions finish before it cuts them, in milliseconds; default 25,000. */
  readonly drainMs?: number;
  /**
   * A job whose process shows no life for this time is given to another one, in milliseconds; default
   * 30,000. A process alive renews twice in that time.
   */
  readonly lockMs?: number;
  /** Told after each attempt has been recorded. */
  readonly onOutcome?: (event: OutcomeEvent) => void;
  readonly logger?: Logger;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** Where domain facts come from. */
export interface DnsOptions {
  /** DNS servers, `address` or `address:port`. */
  readonly servers?: readonly string[];
  /** Answers from this zone instead of DNS: name → type → records (docs/domains.md). */
  readonly zone?: unknown;
}

/** A running send worker. */
export interface SendWorker extends AsyncDisposable {
  /**
   * Stops: takes no more jobs, lets transactions finish for `drainMs`, then cuts them. Work cut
   * before its body began costs no attempt; the same promise for every caller.
   */
  close(): Promise<void>;
}

const newerVersionRetryMs = 30_000;
/** After cutting the transactions, recording their ends and handing jobs back may take this long. */
const wrapUpMs = 5_000;

/**
 * Starts a send worker; resolves when it takes jobs.
 *
 * @throws OnbehalfError `INVALID_INPUT`, `SIGNING_FAILED` (a key that cannot sign),
 *   `REDIS_UNAVAILABLE`, `REDIS_UNSUITABLE`
 */
export async function createWorker(options: WorkerOptions): Promise<SendWorker> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const identity = resolveIdentity(options.provider, options.dkim, options.keyring);
  const route = resolveRoute(options.route, identity.domain);
  const resolver = resolverOf(options.dns, identity.inDns);
  const redis = await openRedis({ url: options.redisUrl, whileAway: 'wait', logger });
  const keys = keyNames(options.prefix);
  const secret = options.contentSecret;
  const lanes = createLanes(route);
  const context: SendContext = {
    ledger: createLedger(redis, keys),
    frozenFacts: createFrozenFactsStore(redis, keys),
    contents: createContentStore({ redis, keys, ...(secret === undefined ? {} : { secret }) }),
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
      policyRefusals: createPolicyRefusals(redis, keys),
      onBehalfKinds: options.onBehalfKinds ?? ['single'],
    },
    lanes,
    route,
    retry: resolveRetryPlan(options.retry),
    clock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    logger,
    onOutcome: guarded(options.onOutcome, logger),
  };
  const lockMs = options.lockMs ?? 30_000;
  const inHand = new Set<Promise<string>>();
  const worker = new Worker(
    keys.sendQueue,
    async (job, token = '') => {
      const turn = takeJob(context, job, token);
      inHand.add(turn);
      try {
        return await turn;
      } finally {
        inHand.delete(turn);
      }
    },
    {
      connection: redis,
      prefix: keys.bullPrefix,
      concurrency: options.concurrency ?? route.connectionsMax * 2,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      // Crashes are counted by us (crashesMax); BullMQ must never end a send.
      maxStalledCount: 1_000_000,
      autorun: false,
    },
  );
  worker.on('error', (error) => logger.warn('queue-trouble', { error: messageOf(error) }));
  worker.on('failed', (job, error) => {
    logger.error('job-trouble', { sendId: job?.id, error: messageOf(error) });
  });
  worker.on('stalled', (sendId) => logger.warn('job-taken-over', { sendId }));
  worker.on('lockRenewalFailed', (sendIds) => logger.warn('lock-lost', { sendIds }));
  try {
    for (const finding of await checkRedis(redis, clock.now())) {
      logger.warn('redis-setting', { kind: finding.kind, message: finding.message });
    }
    await worker.waitUntilReady();
  } catch (error) {
    await swallow(worker.close(true), 'it has not begun', logger);
    redis.disconnect();
    throw redisTrouble(error, options.redisUrl);
  }
  const running = worker.run();
  running.catch((error: unknown) => logger.error('worker-stopped', { error: messageOf(error) }));
  logger.info('worker-ready', { route: route.name, concurrency: worker.concurrency });

  const stop = async (): Promise<void> => {
    const drainMs = options.drainMs ?? 25_000;
    logger.info('worker-draining', { drainMs });
    // While Redis is away BullMQ would wait for ever, and keep its timers, for the end of a connection
    // that is not there: it is closed by force then, and we wait for what is in hand ourselves.
    const ended =
      redis.status === 'ready'
        ? worker.close()
        : Promise.all([worker.close(true), Promise.allSettled(inHand)]);
    const cut = setTimeout(() => lanes.abort('shutdown: the time to drain is over'), drainMs);
    const giveUp = new AbortController();
    await Promise.race([
      swallow(ended, 'closing the queue', logger),
      swallow(clock.sleep(drainMs + wrapUpMs, giveUp.signal), 'drained in time'),
    ]);
    giveUp.abort();
    clearTimeout(cut);
    lanes.close();
    redis.disconnect();
    logger.info('worker-closed');
  };
  let stopping: Promise<void> | undefined;
  const close = async (): Promise<void> => (stopping ??= stop());
  return { close, [Symbol.asyncDispose]: close };
}

/** One turn of a job: the bridge between BullMQ's ways of ending a job and ours. */
async function takeJob(context: SendContext, job: Job, token: string): Promise<string> {
  const laterAt = async (at: number): Promise<never> => {
    await job.moveToDelayed(at, token);
    throw new DelayedError();
  };
  let send: SendJob;
  try {
    send = parseSendJob(job.data);
  } catch (error) {
    if (codeOf(error) === 'NEWER_VERSION') {
      context.logger.warn('job-of-newer-version', { jobId: job.id, error: messageOf(error) });
      return laterAt(Date.now() + newerVersionRetryMs);
    }
    // No send can be known from it: it goes to BullMQ's failed set, which is a bug alarm.
    throw new UnrecoverableError(messageOf(error));
  }
  const disposition = await processSend(context, send, job.stalledCounter);
  return disposition.kind === 'done' ? disposition.state : laterAt(disposition.at);
}

function resolverOf(dns: DnsOptions | undefined, provider: ProviderInDns): DnsResolver {
  const { zone, servers } = dns ?? {};
  if (zone !== undefined) return createZoneResolver(zoneWithOwnKeys(zone, provider));
  return createDnsResolver(servers === undefined ? {} : { servers });
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
