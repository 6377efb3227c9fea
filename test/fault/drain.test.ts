import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { startTestRedis } from '../support/redis.ts';
import { jobCounts } from './job-counts.ts';
import { brokenPromises } from './kill-figures.ts';
import { startProcessWorld } from './process-world.ts';

const redis = await startTestRedis();

describe('SIGTERM', () => {
  test('lets transactions in hand finish; the rest waits, no attempt counted', async () => {
    const world = await startProcessWorld(redis.url, { beforeReply: async () => delay(300) });
    const sends = await world.enqueue(20);
    const worker = await world.startWorker();
    await world.relay.waitFor(({ received }) => received.length >= 4);
    const from = performance.now();
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(5_000);
    const done = world.relay.received.length;
    expect(done).toBeLessThan(20);
    const ledgers = await world.ledgers(sends);
    const accepted = expect.objectContaining({ state: 'accepted', attempt: 1, result: 'accepted' });
    expect(ledgers.filter(({ attempt }) => attempt > 0)).toEqual(Array(done).fill(accepted));

    await world.startWorker();
    expect(await world.watch.waitForEnded(20, 10_000)).toBe(true);
    expect(await world.ledgers(sends)).toEqual(Array(20).fill(accepted));
    expect(world.relay.received).toHaveLength(20);
  });

  test('cuts a relay that is silent before the body, and no attempt is counted', async () => {
    const world = await startProcessWorld(redis.url, {
      script: (connection) => (connection <= 4 ? { hangAt: 'rcpt' } : {}),
    });
    const sends = await world.enqueue(10);
    const patient = workerOptionsOf(world.relay.port);
    const worker = await world.startWorker(patient);
    await world.relay.waitFor(({ commands }) => rcptCount(commands) === 4);
    const from = performance.now();
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(500 + 5_000);
    const untouched = { state: 'waiting', attempt: 0 };
    expect(await world.ledgers(sends)).toEqual(Array(10).fill(untouched));
    expect(await world.redis.xlen(world.keys.outcomes)).toBe(0);
    expect(await jobCounts(world.redis, world.keys)).toEqual({ failed: 0, others: 10 });

    await world.startWorker(patient);
    expect(await world.watch.waitForEnded(10, 10_000)).toBe(true);
    expect(world.watch.events.map(({ attempt, state }) => [attempt, state])).toEqual(
      Array(10).fill([1, 'accepted']),
    );
  });

  test('cuts a relay that is silent after the body, and that attempt is uncertain', async () => {
    const world = await startProcessWorld(redis.url, {
      script: (connection) => (connection <= 4 ? { hangAt: 'dot' } : {}),
    });
    const sends = await world.enqueue(10);
    const worker = await world.startWorker(workerOptionsOf(world.relay.port));
    await world.relay.waitFor(({ received }) => received.length === 4);
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const ledgers = await world.ledgers(sends);
    expect(ledgers.filter(({ attempt }) => attempt === 0)).toHaveLength(6);
    const begun = ledgers.filter(({ attempt }) => attempt > 0);
    expect(begun).toHaveLength(4);
    for (const entry of begun) {
      // Recorded by the process itself, or left open for the next one.
      expect(entry.result === 'uncertain' || entry.openSince !== undefined).toBe(true);
      expect(entry.state).toBe('waiting');
    }

    await world.startWorker();
    expect(await world.watch.waitForEnded(10, 10_000)).toBe(true);
    const figures = await world.addUp(sends);
    expect(figures).toMatchObject({ received: 10, repeated: 4, uncertain: 4, unexplained: 0 });
  });
});

test('a worker killed after the dot: the next one records that as uncertain and sends again', async () => {
  const world = await startProcessWorld(redis.url, {
    script: (connection) => (connection === 1 ? { hangAt: 'dot' } : {}),
  });
  const sends = await world.enqueue(1);
  const first = await world.startWorker(workerOptionsOf(world.relay.port));
  await world.relay.waitFor(({ received }) => received.length === 1);
  expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  const [left] = await world.ledgers(sends);
  expect(left).toMatchObject({ state: 'waiting', attempt: 1 });
  expect(left?.openSince).toBeGreaterThan(0);

  await world.startWorker();
  expect(await world.watch.waitForEnded(1, 20_000)).toBe(true);
  expect(world.watch.events).toMatchObject([
    { attempt: 1, result: 'uncertain', state: 'waiting' },
    { attempt: 2, result: 'accepted', state: 'accepted' },
  ]);
  expect(world.watch.events[0]?.reason).toContain('ended before it saw the reply');
  const [once, again] = world.relay.received;
  expect(again?.message.equals(once?.message ?? Buffer.alloc(0))).toBe(true);
  expect(again?.mailFrom).toBe(once?.mailFrom);
  const figures = await world.addUp(sends);
  expect(brokenPromises({ ...figures, jobsLeft: 0 })).toEqual([]);
});

/** A worker that waits long for replies, but drains in half a second. */
function workerOptionsOf(port: number) {
  return {
    drainMs: 500,
    route: { host: '127.0.0.1', port, connectionsMax: 4, replyTimeoutMs: 60_000 },
  };
}

function rcptCount(commands: readonly string[]): number {
  return commands.filter((line) => line.includes(' RCPT ')).length;
}
