import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { KeyNames } from '../../src/queue/key-names.ts';

/** Jobs in the queue of sends. */
export interface JobCounts {
  /** BullMQ's failed set: a bug alarm. */
  readonly failed: number;
  /** Waiting, delayed, active and whatever else there is. */
  readonly others: number;
}

/** Counts the jobs in the queue of sends. */
export async function jobCounts(redis: Redis, keys: KeyNames): Promise<JobCounts> {
  const queue = new Queue(keys.sendQueue, { connection: redis, prefix: keys.bullPrefix });
  try {
    const { failed = 0, ...rest } = await queue.getJobCounts();
    return { failed, others: Object.values(rest).reduce((sum, count) => sum + count, 0) };
  } finally {
    await queue.close();
  }
}
