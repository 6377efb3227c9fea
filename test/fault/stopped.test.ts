import { expect, test } from '@jest/globals';
import { startTestRedis } from '../support/redis.ts';
import { eventually } from '../support/wait-for.ts';
import { brokenPromises } from './kill-figures.ts';
import { startProcessWorld } from './process-world.ts';

/*
 * A worker that stands still for longer than its lock (SIGSTOP, a paused machine), while another one
 * takes its job over, and that then goes on as if nothing had happened.
 */

const redis = await startTestRedis();

test('before the body: what it saw does not end the attempt that another one has begun', async () => {
  let answer: (() => void) | undefined;
  const world = await startProcessWorld(redis.url, {
    script: (connection) => (connection === 1 ? { hangAt: 'rcpt' } : {}),
    beforeReply: async () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  });
  const sends = await world.enqueue(1);
  const { host, port } = world.relay;
  const route = { host, port, replyTimeoutMs: 1_000 };
  const stopped = await world.startWorker({ route, logLevel: 'warn' });
  await world.relay.waitFor(({ commands }) => commands.some((line) => line.startsWith('1 RCPT')));
  process.kill(stopped.pid, 'SIGSTOP');
  const next = await world.startWorker({ route: { ...route, replyTimeoutMs: 60_000 } });
  // It has the whole message of the next one, and does not answer yet.
  await world.relay.waitFor(({ received }) => received.length === 1);
  process.kill(stopped.pid, 'SIGCONT');
  // The relay has been silent for too long, for the one that stood still: a deferral.
  await eventually(
    async () =>
      stopped.lastLines().includes('attempt-superseded') ||
      (await world.redis.xlen(world.keys.outcomes)) > 0,
    { what: 'what the stopped one records' },
  );
  answer?.();
  expect(await world.watch.waitForEnded(1, 20_000)).toBe(true);
  await next.end('SIGTERM');
  expect(world.watch.events).toMatchObject([{ attempt: 1, state: 'accepted' }]);
  expect(world.relay.received).toHaveLength(1);
  expect(await world.addUp(sends)).toMatchObject({ repeated: 0, uncertain: 0, unexplained: 0 });
}, 60_000);

test('after the body: taken over as uncertain, and its late reply changes nothing', async () => {
  let answer: (() => void) | undefined;
  const world = await startProcessWorld(redis.url, {
    beforeReply: async ({ connection }) =>
      new Promise<void>((resolve) => {
        if (connection === 1) answer = resolve;
        else resolve();
      }),
  });
  const sends = await world.enqueue(1);
  const { host, port } = world.relay;
  const route = { host, port, replyTimeoutMs: 60_000 };
  const stopped = await world.startWorker({ route, logLevel: 'warn' });
  await world.relay.waitFor(({ received }) => received.length === 1);
  process.kill(stopped.pid, 'SIGSTOP');
  answer?.();
  await world.startWorker({ route });
  expect(await world.watch.waitForEnded(1, 20_000)).toBe(true);
  process.kill(stopped.pid, 'SIGCONT');
  await eventually(() => stopped.lastLines().includes('attempt-superseded'), {
    what: 'the late reply',
  });
  expect(await stopped.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(world.watch.events).toMatchObject([
    { attempt: 1, result: 'uncertain', state: 'waiting' },
    { attempt: 2, result: 'accepted', state: 'accepted' },
  ]);
  const figures = await world.addUp(sends);
  expect(figures).toMatchObject({ repeated: 1, uncertain: 1, unexplained: 0 });
  expect(brokenPromises({ ...figures, jobsLeft: 0 })).toEqual([]);
}, 60_000);
