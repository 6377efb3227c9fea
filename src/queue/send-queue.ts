import { ErrorCode, FlowProducer, Queue, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import type { SendJob } from './send-job.ts';
import { verifyAdded, type SuppressedSend, type VerifiedSends } from './verify-added.ts';

/** The producer's side of the queue of sends. */
export interface SendQueue {
  /**
   * Adds jobs: all of them or none. Jobs that are in the queue already stay as they are. Suppressed
   * sends of the same call get their ends with the last step.
   *
   * @param mayWithdraw asked before some are taken out; false: another call has added them all
   * @returns for each suppressed send whether that is its end; not so where an earlier call with the
   *   same key has put it into the queue
   * @throws OnbehalfError `REDIS_UNSUITABLE` when Redis took some and not others (then those are
   *   taken out again), e.g. because its memory is full
   */
  addAll(
    jobs: readonly SendJob[],
    now: number,
    mayWithdraw?: () => Promise<boolean>,
    suppressed?: readonly SuppressedSend[],
  ): Promise<readonly boolean[]>;
  /** Takes a job out, unless a worker has it; nothing happens where there is none. */
  remove(sendId: SendId): Promise<void>;
  /** How many jobs are in the queue, by BullMQ's state. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** Whether no worker takes jobs because somebody said so. */
  isPaused(): Promise<boolean>;
  /** Data of the job that is taken next, unchecked; undefined where none is due. */
  nextInLine(): Promise<unknown>;
  /** BullMQ's state of a job, and when it is due if that is later; undefined where there is none. */
  jobState(sendId: SendId): Promise<JobState | undefined>;
  /** The sends whose jobs are not due yet, some at a time; one may come twice. */
  delayed(): AsyncIterable<readonly SendId[]>;
  /** Makes a delayed job due now; false where it was not delayed (any more). */
  promote(sendId: SendId): Promise<boolean>;
  /** Closes what BullMQ opened; the connection stays. */
  close(): Promise<void>;
}

/** Where a job is in the queue. */
export interface JobState {
  /** BullMQ's word: `waiting`, `active`, `delayed`, `failed` … */
  readonly state: string;
  /** When a delayed job comes back, ms since 1970. */
  readonly dueAt?: number;
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

/** The queue of sends of a shard. */
export function createSendQueue(redis: Redis, keys: KeyNames): SendQueue {
  const delayedKey = `${keys.bullPrefix}:${keys.sendQueue}:delayed`;
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

  const verify = async (
    jobs: readonly SendJob[],
    suppressed: readonly SuppressedSend[],
  ): Promise<VerifiedSends & { readonly why: string }> => {
    try {
      const found = await verifyAdded(redis, keys, jobs, suppressed);
      return { ...found, why: `${found.missing.length} of ${jobs.length} jobs were not stored` };
    } catch (error) {
      // It was the event of a suppressed send that found no room: none of them was written.
      if (!isRefusal(error)) throw error;
      return { missing: [jobs.length], suppressed: [], why: messageOf(error) };
    }
  };

  return {
    async addAll(jobs, now, mayWithdraw = async () => Promise.resolve(true), suppressed = []) {
      if (jobs.length > 0) await addInOneTransaction(jobs, now);
      // A command can fail inside a MULTI without an error of the whole, and addBulk does not say so.
      const verified = await verify(jobs, suppressed);
      if (verified.missing.length === 0) return verified.suppressed;
      if (!(await mayWithdraw())) return suppressed.map(() => true);
      const absent = new Set(verified.missing);
      const added = jobs.filter((_job, index) => !absent.has(index));
      await Promise.all(added.map(({ sendId }) => open().queue.remove(sendId)));
      throw new OnbehalfError('REDIS_UNSUITABLE', refusalText(verified.why));
    },
    async remove(sendId) {
      await open().queue.remove(sendId);
    },
    async counts() {
      return open().queue.getJobCounts();
    },
    isPaused: async () => open().queue.isPaused(),
    async nextInLine() {
      const [next] = await open().queue.getJobs(['waiting'], 0, 0, true);
      return next?.data as unknown;
    },
    async jobState(sendId) {
      const state = await open().queue.getJobState(sendId);
      if (state === 'unknown') return undefined;
      if (state !== 'delayed') return { state };
      const score = await redis.zscore(delayedKey, sendId);
      // BullMQ keeps a counter in the lowest 12 bits.
      return score === null ? { state } : { state, dueAt: Math.floor(Number(score) / 0x1000) };
    },
    async *delayed() {
      let cursor = '0';
      do {
        const [next, pairs] = await redis.zscan(delayedKey, cursor, 'COUNT', 500);
        cursor = next;
        yield pairs.filter((_text, index) => index % 2 === 0) as SendId[];
      } while (cursor !== '0');
    },
    async promote(sendId) {
      const job = (await open().queue.getJob(sendId)) as Job | undefined;
      try {
        await job?.promote();
      } catch (error) {
        // Somebody was faster.
        if (wasNotDelayed(error)) return false;
        throw error;
      }
      return job !== undefined;
    },
    async close() {
      if (opened === undefined) return;
      await opened.flows.close();
      await opened.queue.close();
    },
  };
}

function wasNotDelayed(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === ErrorCode.JobNotExist || code === ErrorCode.JobNotInState;
}

function isRefusal(error: unknown): boolean {
  return /^(?:OOM|EXECABORT|MISCONF|NOPERM|READONLY)\b/.test(messageOf(error));
}

function refusalText(why: string): string {
  return `Redis did not take the jobs (${why}); nothing was enqueued. Check its memory, disk and rights`;
}
