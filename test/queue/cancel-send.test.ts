import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { createLimits } from '../../src/queue/limits.ts';
import { parseOutcomeEvent } from '../../src/queue/outcome-event.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import { cancelSend } from '../../src/queue/send-status.ts';
import type { SendJob } from '../../src/queue/send-job.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleEvent, sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url, { maxRetriesPerRequest: null });
atEnd(() => redis.disconnect());
// Behind every time a sample job has, so that jobs are due.
const now = Date.now() + 10_000;
let installations = 0;

function newParts() {
  installations += 1;
  const keys = keyNames(`cancel${installations}`);
  const ledger = createLedger(redis, keys);
  const queue = createSendQueue(redis, keys);
  atEnd(() => queue.close());
  return { keys, ledger, queue, limits: createLimits(redis, keys) };
}

const statesOf = async (keys: KeyNames): Promise<readonly string[]> =>
  (await redis.xrange(keys.outcomes, '-', '+')).map(([, fields]) => {
    const { attempt, state } = parseOutcomeEvent(fields[1] ?? '');
    return `${attempt} ${state}`;
  });

describe('cancel', () => {
  test('a send that waits: ended, with its event, and its job goes', async () => {
    const { ledger, queue, limits, keys } = newParts();
    const context = { ledger, queue, limits, now: () => now };
    const job = sampleJob({ sendAt: now + 600_000 });
    await queue.addAll([job], now);
    const cancelled = {
      kind: 'cancelled',
      sendId: job.sendId,
      attempts: 0,
      mayHaveArrived: false,
    };
    expect(await cancelSend(context, job.sendId, 'changed my mind')).toEqual(cancelled);
    expect(await cancelSend(context, job.sendId, 'again')).toEqual(cancelled);
    expect(await statesOf(keys)).toEqual(['1 cancelled']);
    expect(await queue.counts()).toMatchObject({ delayed: 0 });
    await expect(ledger.begin(job, 1, now)).rejects.toMatchObject({ code: 'ATTEMPT_TAKEN' });
    await queue.addAll([job], now);
    expect(await ledger.read(job.sendId, job.createdAt)).toMatchObject({ state: 'cancelled' });
  });

  test('says when it is on its way, too late, or unknown', async () => {
    const { ledger, queue, limits } = newParts();
    const context = { ledger, queue, limits, now: () => now };
    const job = sampleJob();
    const { sendId } = job;
    expect(await cancelSend(context, sendId, '')).toEqual({ kind: 'unknown', sendId });
    await queue.addAll([job], now);
    await ledger.begin(job, 1, now);
    const flying = { kind: 'in-flight', sendId, openSince: now };
    expect(await cancelSend(context, sendId, '')).toEqual(flying);
    await ledger.record(job, sampleEvent(job, 1));
    const late = { kind: 'too-late', sendId, state: 'accepted' };
    expect(await cancelSend(context, sendId, '')).toEqual(late);
  });

  test('tells that the mail may have arrived before, each time', async () => {
    const { ledger, queue, limits } = newParts();
    const context = { ledger, queue, limits, now: () => now };
    const job = sampleJob();
    await queue.addAll([job], now);
    const uncertain = { state: 'waiting', result: 'uncertain', nextAt: now } as const;
    await ledger.record(job, sampleEvent(job, 1, uncertain));
    const answer = { kind: 'cancelled', attempts: 1, mayHaveArrived: true };
    expect(await cancelSend(context, job.sendId, 'x')).toMatchObject(answer);
    expect(await cancelSend(context, job.sendId, 'x')).toMatchObject(answer);
  });

  test('leaves no hole in a limit: the next one gets the time that was kept', async () => {
    const { ledger, queue, limits } = newParts();
    const context = { ledger, queue, limits, now: () => now };
    const one = [{ name: 'one', windows: [{ sendsMax: 1, perMs: 10_000 }] }];
    const reserve = async (job: SendJob): Promise<number> => {
      const answer = await limits.reserve(job.sendId, one);
      return answer.kind === 'come-back' ? 0 : answer.slotAt;
    };
    const jobs = [sampleJob(), sampleJob(), sampleJob(), sampleJob()] as const;
    await queue.addAll(jobs, now);
    await reserve(jobs[0]);
    const slot = await reserve(jobs[1]);
    expect(slot).toBeGreaterThan(0);
    expect(await reserve(jobs[2])).toBeGreaterThanOrEqual(slot + 10_000);
    await cancelSend(context, jobs[1].sendId, 'changed my mind');
    const again = await reserve(jobs[3]);
    // To the width of a bucket.
    expect(Math.abs(again - slot)).toBeLessThan(1_000);
  });

  test('against a worker that begins: one of them wins', async () => {
    const { ledger, queue, limits, keys } = newParts();
    const context = { ledger, queue, limits, now: () => now };
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const job = sampleJob();
      await queue.addAll([job], now);
      const begin = async (): Promise<string> =>
        ledger.begin(job, 1, now).then(
          () => 'begun',
          () => 'refused',
        );
      const cancel = async (): Promise<string> => (await cancelSend(context, job.sendId, 'x')).kind;
      // The worker is let go at another moment of the cancellation each time.
      const late = (async () => {
        for (let i = 0; i < round % 4; i += 1) await redis.ping();
        return begin();
      })();
      outcomes.add((await Promise.all([late, cancel()])).join(' '));
    }
    for (const each of outcomes) expect(['begun in-flight', 'refused cancelled']).toContain(each);
    expect(await redis.xlen(keys.outcomes)).toBeGreaterThan(0);
  });
});
