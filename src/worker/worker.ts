import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { resolverOf } from '../domains/resolver-of.ts';
import { corkWrites } from '../queue/corked-writes.ts';
import { groupCommit } from '../queue/group-commit.ts';
import { groupDefinedCommands } from '../queue/grouped-commands.ts';
import { createHeldSends } from '../queue/held.ts';
import { keyNames } from '../queue/key-names.ts';
import { trimOutcomes } from '../queue/outcome-stream.ts';
import { checkRedis } from '../queue/redis-check.ts';
import { openRedis, redisTrouble } from '../queue/redis-connection.ts';
import { parseSendJob, type SendJob } from '../queue/send-job.ts';
import { createSendQueue } from '../queue/send-queue.ts';
import { systemClock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { silentLogger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { resolveIdentity } from './identity.ts';
import { createIntake } from './intake.ts';
import { processSend } from './process-send.ts';
import type { Routes } from './routes.ts';
import type { SendContext } from './send-context.ts';
import { buildSendMachinery } from './send-machinery.ts';
import { tellOfWorker } from './tell-of-worker.ts';
import type { WorkerOptions } from './worker-options.ts';

/** A running send worker. */
export interface SendWorker extends AsyncDisposable {
  /**
   * Stops: takes no more jobs, lets transactions finish for `drainMs`, then cuts them. Work cut
   * before its body began costs no attempt; the same promise for every caller.
   */
  close(): Promise<void>;
}

/** One in the transaction, one whose envelope follows it, and two on their way from and to Redis. */
const jobsPerConnection = 4;
/** The one script of BullMQ that runs for each job; without that name it is called as ever. */
const endsJobAndTakesNext = 'moveToFinished';
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
  const resolver = resolverOf(options.dns ?? {}, identity.inDns);
  const redis = await openRedis({ url: options.redisUrl, whileAway: 'wait', logger });
  groupCommit(redis);
  groupDefinedCommands(redis, (name) => name.startsWith(`${endsJobAndTakesNext}:`));
  corkWrites(redis);
  const keys = keyNames(options.prefix);
  const machinery = buildSendMachinery({ options, redis, keys, identity, resolver, clock, logger });
  const { context } = machinery;
  const lockMs = options.lockMs ?? 30_000;
  const inHand = new Set<Promise<string>>();
  const worker = new Worker(
    keys.sendQueue,
    async (job, token = '') => {
      const turn = takeJob(context, job, token);
      inHand.add(turn);
      const over = intake.begin();
      try {
        return await turn;
      } finally {
        inHand.delete(turn);
        over();
      }
    },
    {
      connection: redis,
      prefix: keys.bullPrefix,
      concurrency: options.concurrency ?? jobsPerConnection * connectionsOf(context.routes),
      lockDuration: lockMs,
      stalledInterval: lockMs,
      // Crashes are counted by us (crashesMax); BullMQ must never end a send.
      maxStalledCount: 1_000_000,
      autorun: false,
    },
  );
  // Groups of other people acknowledge without trimming; while workers stand still nobody else does.
  const countEvents = async (): Promise<number> => trimOutcomes(redis, keys);
  const intake = createIntake({
    worker,
    routes: context.routes,
    events: { max: options.eventsMax ?? 1_000_000, count: countEvents },
    clock,
    logger,
  });
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
    intake.heard(await countEvents());
  } catch (error) {
    await swallow(worker.close(true), 'it has not begun', logger);
    redis.disconnect();
    throw redisTrouble(error, options.redisUrl);
  }
  // A release of held sends that a crash cut short is finished by whoever comes first.
  const sends = createSendQueue(redis, keys);
  const held = createHeldSends({
    redis,
    keys,
    ledger: context.ledger,
    queue: sends,
    now: () => clock.now(),
  });
  await swallow(held.finishReleases(), 'the next worker or operator finishes it', logger);
  await sends.close();
  const told = tellOfWorker({
    redis,
    keys,
    clock,
    logger,
    concurrency: worker.concurrency,
    inHand: () => intake.inHand,
    routes: () => context.routes.health(),
    providers: () => context.providerCounts.read(),
    standsStill: () => intake.standsStill,
    rulesProblem: () => options.classifier?.problem,
  });
  machinery.onRecorded((event, streamLength) => {
    told.count(event);
    intake.heard(streamLength);
  });
  const running = worker.run();
  running.catch((error: unknown) => logger.error('worker-stopped', { error: messageOf(error) }));
  logger.info('worker-ready', {
    routes: context.routes.all.map(({ name }) => name),
    concurrency: worker.concurrency,
  });

  const stop = async (): Promise<void> => {
    const drainMs = options.drainMs ?? 25_000;
    logger.info('worker-draining', { drainMs });
    intake.stop();
    // While Redis is away BullMQ would wait for ever, and keep its timers, for the end of a connection
    // that is not there: it is closed by force then, and we wait for what is in hand ourselves.
    const ended =
      redis.status === 'ready'
        ? worker.close()
        : Promise.all([worker.close(true), Promise.allSettled(inHand)]);
    const cut = setTimeout(() => machinery.abort(), drainMs);
    const giveUp = new AbortController();
    await Promise.race([
      swallow(ended, 'closing the queue', logger),
      swallow(clock.sleep(drainMs + wrapUpMs, giveUp.signal), 'drained in time'),
    ]);
    giveUp.abort();
    clearTimeout(cut);
    machinery.close();
    if (redis.status === 'ready') await swallow(machinery.closeFeedback(), 'breakers', logger);
    await swallow(told.stop(), 'leaving the list of workers', logger);
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

function connectionsOf(routes: Routes): number {
  return routes.all.reduce((sum, { connectionsMax }) => sum + connectionsMax, 0);
}
