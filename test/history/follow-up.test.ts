import { expect, test } from '@jest/globals';
import { createFollowUp } from '../../src/history/follow-up.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { silentLogger, type Logger } from '../../src/runtime/logger.ts';
import '../support/leftovers.ts';

const anHourMs = 3_600_000;

/** Work that tells of each of its turns, and waits in it for as long as it is told to. */
function watchedWork() {
  const begun: (() => void)[] = [];
  let turns = 0;
  const next = (): Promise<void> => new Promise((resolve) => begun.push(resolve));
  return {
    next,
    turns: () => turns,
    work: async (then: () => Promise<void> = async () => undefined): Promise<void> => {
      turns += 1;
      begun.shift()?.();
      await then();
    },
  };
}

const options = { everyMs: anHourMs, clock: systemClock, logger: silentLogger, random: () => 0 };

test('works at the start and whenever it is woken, also when that is during its work', async () => {
  const { work, next, turns } = watchedWork();
  const stop = new AbortController();
  const followUp: ReturnType<typeof createFollowUp> = createFollowUp({
    ...options,
    work: () =>
      work(async () => {
        if (turns() === 2) followUp.wake();
      }),
  });
  const first = next();
  const running = followUp.run(stop.signal);
  await first;
  const [second, third] = [next(), next()];
  followUp.wake();
  await second;
  await third;
  stop.abort();
  await running;
  expect(turns()).toBe(3);
});

test('tries again after a failure, and tells of an outage once and of its end', async () => {
  const told: string[] = [];
  const tell = (event: string): void => {
    told.push(event);
  };
  const logger: Logger = { ...silentLogger, info: tell, error: tell };
  const waits: number[] = [];
  const clock: Clock = {
    now: Date.now,
    sleep: async (ms, signal) => {
      if (ms < anHourMs) waits.push(ms);
      await systemClock.sleep(ms < anHourMs ? 0 : ms, signal);
    },
  };
  const { work, next, turns } = watchedWork();
  const stop = new AbortController();
  const fail = async (): Promise<void> => {
    if (turns() < 4) throw new Error('Redis is away');
  };
  const followUp = createFollowUp({ ...options, clock, logger, work: () => work(fail) });
  const fourth = Promise.all([next(), next(), next(), next()]);
  const running = followUp.run(stop.signal);
  await fourth;
  stop.abort();
  await running;
  expect(told).toEqual(['notice-feedback-stopped', 'notice-feedback-resumed']);
  // The last one is the grace of the stop.
  expect(waits.filter((ms) => ms < 5_000)).toEqual([400, 800, 1_600]);
});

test('a stop does not wait for work that never ends', async () => {
  const { work, next } = watchedWork();
  const stop = new AbortController();
  const followUp = createFollowUp({
    ...options,
    stopGraceMs: 1,
    work: () => work(() => new Promise(() => undefined)),
  });
  const begun = next();
  const running = followUp.run(stop.signal);
  await begun;
  stop.abort();
  await expect(running).resolves.toBeUndefined();
});
