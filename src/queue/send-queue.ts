import { FlowProducer, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import { defineScript, runScript } from './script.ts';
import type { SendJob } from './send-job.ts';

/** The producer's side of the queue of sends. */
export interface SendQueue {
  /**
   * Adds jobs: all of them or none. Jobs that are in the queue already stay as they are.
   *
   * @throws OnbehalfError `REDIS_UNSUITABLE` when Redis took some and not others (then those are
   *   taken out again), e.g. because its memory is full
   */
  addAll(jobs: readonly SendJob[], now: number): Promise<void>;
  /** How many jobs are in the queue, by BullMQ's state. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** Closes what BullMQ opened; the connection stays. */
  close(): Promise<void>;
}

/**
 * Options of every job. BullMQ never ends a send: the attempts that count are in the ledger, and an
 * exception in our processor (Redis away, a bug) only ever means "later again".
 */
const jobOptions = {
  attempts: 1_000_000,
  backoff: { type: 'fixed', delay: 5_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: false,
} as const;

// KEYS: for each job its BullMQ key and its ledger. Returns the positions (from 1) of those of
// which there is neither: jobs that were not added. (A job that is done is gone, its ledger is not.)
const findMissing = defineScript(`
local missing = {}
for i = 1, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i], KEYS[i + 1]) == 0 then missing[#missing + 1] = (i + 1) / 2 end
end
return missing
`);

/** The queue of sends of a shard. */
export function createSendQueue(redis: Redis, keys: KeyNames): SendQueue {
  // Opened at first use: BullMQ talks to Redis as soon as it is created.
  let opened: { flows: FlowProducer; queue: Queue } | undefined;
  const open = (): { flows: FlowProducer; queue: Queue } => {
    if (opened !== undefined) return opened;
    const options = { connection: redis, prefix: keys.bullPrefix };
    opened = { flows: new FlowProducer(options), queue: new Queue(keys.sendQueue, options) };
    // The owner of the connection reports its errors.
    opened.flows.on('error', () => undefined);
    opened.queue.on('error', () => undefined);
    return opened;
  };

  const addInOneTransaction = async (jobs: readonly SendJob[], now: number): Promise<void> => {
    const flows = jobs.map((job) => ({
      name: keys.sendQueue,
      queueName: keys.sendQueue,
      data: job,
      opts: { ...jobOptions, jobId: job.sendId, delay: Math.max(0, job.sendAt - now) },
    }));
    try {
      // Flows without children: the only way of BullMQ to add several jobs in one MULTI.
      await open().flows.addBulk(flows);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new OnbehalfError('REDIS_UNSUITABLE', refusalText(messageOf(error)), { cause: error });
    }
  };

  return {
    async addAll(jobs, now) {
      await addInOneTransaction(jobs, now);
      // A command can fail inside a MULTI without an error of the whole, and addBulk does not say so.
      const names = jobs.flatMap(({ sendId }) => [
        `${keys.bullPrefix}:${keys.sendQueue}:${sendId}`,
        keys.ledger(sendId),
      ]);
      const missing = await runScript(redis, findMissing, names, []);
      if (!Array.isArray(missing) || missing.length === 0) return;
      const absent = new Set(missing.map(Number));
      const added = jobs.filter((_job, index) => !absent.has(index + 1));
      await Promise.all(added.map(({ sendId }) => open().queue.remove(sendId)));
      throw new OnbehalfError(
        'REDIS_UNSUITABLE',
        refusalText(`${missing.length} of ${jobs.length} jobs were not stored`),
      );
    },
    async counts() {
      return open().queue.getJobCounts();
    },
    async close() {
      if (opened === undefined) return;
      await opened.flows.close();
      await opened.queue.close();
    },
  };
}

function isRefusal(error: unknown): boolean {
  return /^(?:OOM|EXECABORT|MISCONF|NOPERM|READONLY)\b/.test(messageOf(error));
}

function refusalText(why: string): string {
  return `Redis did not take the jobs (${why}); nothing was enqueued. Check its memory, disk and rights`;
}
