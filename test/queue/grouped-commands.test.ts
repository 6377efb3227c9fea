import { beforeAll, expect, test } from '@jest/globals';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { groupCommit } from '../../src/queue/group-commit.ts';
import { groupDefinedCommands } from '../../src/queue/grouped-commands.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let server: TestRedis;
let redis: Redis;
let plain: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connection();
  plain = connection();
  groupCommit(redis);
  groupDefinedCommands(redis, (name) => name === 'add' || name.startsWith('moveToFinished:'));
});

function connection(): Redis {
  const made = new Redis(server.url, { maxRetriesPerRequest: null });
  made.on('error', () => undefined);
  atEnd(() => made.disconnect());
  return made;
}

async function scriptCalls(): Promise<number> {
  const text = await plain.info('commandstats');
  return [...text.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

test('calls of a defined command go in one, with keys, values and missing values in their places', async () => {
  redis.defineCommand('add', {
    numberOfKeys: 1,
    lua: `return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2], #KEYS, #ARGV}`,
  });
  const grouped = redis as unknown as { add(args: readonly unknown[]): Promise<unknown> };
  const add = async (...args: readonly unknown[]): Promise<unknown> => grouped.add(args);
  // Redis knows its text then.
  await add('k', 1, null);
  const before = await scriptCalls();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => add(`k:${index}`, index, undefined)),
  );
  expect(answers).toEqual(Array.from({ length: 10 }, (_, index) => [index, '', 1, 2]));
  expect((await scriptCalls()) - before).toBe(1);
});

test('in a MULTI the command is as it was', async () => {
  const multi = redis.multi() as unknown as {
    add(args: readonly unknown[]): { exec(): Promise<unknown> };
  };
  expect(await multi.add(['m', 5, 'x']).exec()).toEqual([[null, [5, 'x', 1, 2]]]);
});

/** Also tells when BullMQ names its script otherwise: then the calls are as many as the jobs. */
test('BullMQ works through a grouped connection: each job once, its end told, in fewer calls than jobs', async () => {
  const jobs = 300;
  const queue = new Queue('q', { connection: plain });
  const events = new QueueEvents('q', { connection: connection() });
  atEnd(() => queue.close());
  atEnd(() => events.close());
  await events.waitUntilReady();
  const told: (string | undefined)[] = [];
  const allTold = new Promise<void>((resolve) => {
    events.on('completed', ({ jobId }) => {
      told.push(jobId);
      if (told.length === jobs) resolve();
    });
  });
  await queue.addBulk(
    Array.from({ length: jobs }, (_, index) => ({
      name: 'send',
      data: { index },
      opts: { jobId: `job-${index}` },
    })),
  );
  const done: number[] = [];
  const before = await scriptCalls();
  const worker = new Worker<{ index: number }>(
    'q',
    async (job) => {
      done.push(job.data.index);
      if (job.data.index === 7) throw new Error('this one fails');
      if (job.data.index === 8) void queue.add('last', { index: -1 });
      return job.data.index;
    },
    { connection: redis, concurrency: 50 },
  );
  atEnd(() => worker.close());
  worker.on('error', () => undefined);
  const failed = new Promise<void>((resolve) => worker.on('failed', () => resolve()));
  await Promise.all([allTold, failed]);
  expect(done.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: jobs + 1 }, (_, index) => index - 1),
  );
  expect(await queue.getJobCounts('active', 'wait', 'failed', 'completed')).toEqual({
    active: 0,
    wait: 0,
    failed: 1,
    completed: jobs,
  });
  expect((await queue.getJob('job-9'))?.returnvalue).toBe(9);
  expect((await queue.getJob('job-7'))?.failedReason).toBe('this one fails');
  // Taking the first 50 and adding one are a call each; what follows goes in groups.
  expect((await scriptCalls()) - before).toBeLessThan(jobs / 2);
});
