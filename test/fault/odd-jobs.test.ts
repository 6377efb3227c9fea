import { Queue } from 'bullmq';
import { expect, test } from '@jest/globals';
import { createLogger } from '../../src/runtime/logger.ts';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';
import { workerOptions } from '../support/world.ts';
import { jobCounts } from './job-counts.ts';
import { startProcessWorld, type ProcessWorld } from './process-world.ts';

const redis = await startTestRedis();

/** A world with a worker whose log lines are kept, and the queue as BullMQ sees it. */
async function startOddWorld(): Promise<{ world: ProcessWorld; lines: string[]; queue: Queue }> {
  const world = await startProcessWorld(redis.url);
  const lines: string[] = [];
  const queue = new Queue(world.keys.sendQueue, {
    connection: world.redis,
    prefix: world.keys.bullPrefix,
  });
  atEnd(async () => queue.close());
  const logger = createLogger({ write: (line) => lines.push(line) });
  const worker = await createWorker(
    workerOptions(redis.url, world.relay, { prefix: world.prefix, logger }),
  );
  atEnd(async () => worker.close());
  return { world, lines, queue };
}

test('a job of a newer version is put off, not failed, and hinders nobody', async () => {
  const { world, lines, queue } = await startOddWorld();
  const job = await queue.add('send', { v: 2, sendId: 'of another shape' }, { jobId: 'newer' });
  await eventually(async () => (await job.getState()) === 'delayed', { what: 'it is put off' });
  expect(lines.join('')).toContain('"event":"job-of-newer-version"');
  const [send] = await world.enqueue(1);
  expect(await world.watch.waitForEnded(1, 10_000)).toBe(true);
  expect(world.watch.events).toMatchObject([{ sendId: send?.sendId, state: 'accepted' }]);
  // The event is told before BullMQ has ended the job.
  await eventually(async () => (await jobCounts(world.redis, world.keys)).others === 1, {
    what: 'only the odd job to be left',
  });
  expect(await jobCounts(world.redis, world.keys)).toEqual({ failed: 0, others: 1 });
  const again = await queue.getJob('newer');
  expect(again?.data).toEqual({ v: 2, sendId: 'of another shape' });
});

test.each([
  ['no object', 'damaged' as unknown, /must be an object/],
  ['no version', {}, /no version number/],
  ['wrong fields', { v: 1, sendId: 'x', kind: 'none' }, /sendId.*messageId.*kind/],
])(
  'a damaged job (%s) goes to the failed set with a log line, at once',
  async (_what, data, why) => {
    const { world, lines, queue } = await startOddWorld();
    const job = await queue.add('send', data, { jobId: 'damaged', attempts: 1_000_000 });
    await eventually(async () => (await job.getState()) === 'failed', { what: 'it is failed' });
    await eventually(() => lines.some((line) => line.includes('"event":"job-trouble"')), {
      what: 'the log line',
    });
    const failed = await queue.getJob('damaged');
    expect(failed?.failedReason).toMatch(why);
    expect(world.relay.connectionCount).toBe(0);
    expect(await world.redis.xlen(world.keys.outcomes)).toBe(0);
  },
);

test('a send that was active in three workers that died is held', async () => {
  const world = await startProcessWorld(redis.url, {
    script: (connection) => (connection <= 3 ? { hangAt: 'rcpt' } : {}),
  });
  const [send] = await world.enqueue(1);
  const options = {
    lockMs: 1_000,
    route: { host: '127.0.0.1', port: world.relay.port, replyTimeoutMs: 60_000 },
  };
  for (let death = 1; death <= 3; death += 1) {
    const worker = await world.startWorker(options);
    await world.relay.waitFor(({ commands }) => rcptCount(commands) === death);
    await worker.end('SIGKILL');
  }
  await world.startWorker(options);
  expect(await world.watch.waitForEnded(1, 20_000)).toBe(true);
  expect(world.watch.events).toMatchObject([
    {
      sendId: send?.sendId,
      state: 'held',
      attempt: 1,
      reason: expect.stringContaining('3 processes'),
    },
  ]);
  expect(world.relay.connectionCount).toBe(3);
  expect(await world.redis.hexists(world.keys.held, send?.sendId ?? '')).toBe(1);
}, 60_000);

function rcptCount(commands: readonly string[]): number {
  return commands.filter((line) => line.includes(' RCPT ')).length;
}
