import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { contentGraceMs, createContentStore } from '../../src/queue/content-store.ts';
import { createHeldSends, type HeldSends } from '../../src/queue/held.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { createLedger, ledgerRetentionMs, type Ledger } from '../../src/queue/ledger.ts';
import { parseOutcomeEvent } from '../../src/queue/outcome-event.ts';
import { createSendQueue, type SendQueue } from '../../src/queue/send-queue.ts';
import { statusOf } from '../../src/queue/send-status.ts';
import type { SendJob } from '../../src/queue/send-job.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleContent, sampleEvent, sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url, { maxRetriesPerRequest: null });
atEnd(() => redis.disconnect());
// Behind every time a sample job has, so that jobs are due.
const now = Date.now() + 10_000;
let installations = 0;

interface Parts {
  readonly keys: KeyNames;
  readonly ledger: Ledger;
  readonly queue: SendQueue;
  readonly held: HeldSends;
}

function newParts(): Parts {
  installations += 1;
  const keys = keyNames(`held${installations}`);
  const ledger = createLedger(redis, keys);
  const queue = createSendQueue(redis, keys);
  atEnd(() => queue.close());
  const held = createHeldSends({ redis, keys, ledger, queue, now: () => now });
  return { keys, ledger, queue, held };
}

async function hold(ledger: Ledger, job: SendJob, attempt = 1): Promise<void> {
  const reason = 'RENDER_FAILED: a test';
  const event = sampleEvent(job, attempt, { state: 'held', result: 'uncertain', reason });
  expect((await ledger.record(job, event)).kind).toBe('recorded');
}

const statesOf = async (keys: KeyNames): Promise<readonly string[]> =>
  (await redis.xrange(keys.outcomes, '-', '+')).map(([, fields]) => {
    const { attempt, state } = parseOutcomeEvent(fields[1] ?? '');
    return `${attempt} ${state}`;
  });

describe('held sends', () => {
  test('are listed with why and since when', async () => {
    const { ledger, held } = newParts();
    const jobs = Array.from({ length: 120 }, () => sampleJob());
    for (const job of jobs) await hold(ledger, job);
    const list = await held.list();
    expect(new Set(list.map(({ job }) => job.sendId))).toEqual(
      new Set(jobs.map(({ sendId }) => sendId)),
    );
    expect(list[0]).toMatchObject({ reason: 'RENDER_FAILED: a test', releasing: false });
    expect(await held.list(7)).toHaveLength(7);
    expect(await held.show(jobs[0]?.sendId ?? list[0]!.job.sendId)).toMatchObject({
      job: jobs[0],
      heldAt: expect.any(Number),
    });
    expect(await held.show(sampleJob().sendId)).toBeUndefined();
  });

  test('refuse a worker that comes late', async () => {
    const { ledger, keys } = newParts();
    const job = sampleJob();
    await hold(ledger, job);
    await expect(ledger.begin(job, 2, now)).rejects.toMatchObject({ code: 'ATTEMPT_TAKEN' });
    expect(await ledger.record(job, sampleEvent(job, 2))).toEqual({ kind: 'superseded' });
    expect(await statesOf(keys)).toEqual(['1 held']);
  });
});

describe('release', () => {
  test('enqueues the same job once, with the time it was given first, from now on', async () => {
    const { ledger, held, queue, keys } = newParts();
    const old = now - 100 * 3_600_000;
    const job = sampleJob({ createdAt: old, sendAt: old, expiresAt: old + 3_600_000 });
    await hold(ledger, job);
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => held.release(job.sendId)),
    );
    const expiresAt = now + 3_600_000;
    const released = answers.filter(({ kind }) => kind === 'released');
    expect(released.length).toBeGreaterThan(0);
    expect(released[0]).toEqual({ kind: 'released', expiresAt });
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    const data = JSON.parse((await redis.hget(keys.job(job.sendId), 'data')) ?? '');
    expect(data).toEqual({ ...job, expiresAt });
    expect(await ledger.read(job.sendId, job.createdAt)).toEqual({
      state: 'waiting',
      attempt: 1,
      result: 'uncertain',
      wasUncertain: true,
      uncertainCount: 1,
    });
    expect(await held.release(job.sendId)).toEqual({ kind: 'not-held' });
    expect(await redis.exists(keys.held, keys.releasing, keys.heldNeeds)).toBe(0);
    await ledger.begin(job, 2, now);
  });

  test('keeps what is left of its time where that is more', async () => {
    const { ledger, held } = newParts();
    const job = sampleJob({ createdAt: now - 5, sendAt: now + 10_000, expiresAt: now + 20_000 });
    await hold(ledger, job);
    expect(await held.release(job.sendId)).toMatchObject({ expiresAt: now + 20_000 });
  });

  test('waits for the job that held it to end', async () => {
    const { ledger, held, queue } = newParts();
    const job = sampleJob();
    await queue.addAll([job], now);
    await hold(ledger, job);
    expect(await held.release(job.sendId)).toEqual({ kind: 'busy' });
    expect(await held.show(job.sendId)).toMatchObject({ releasing: false });
    await queue.remove(job.sendId);
    expect(await held.release(job.sendId)).toMatchObject({ kind: 'released' });
  });

  test('that a crash cut is finished by whoever looks next', async () => {
    const { ledger, held, queue, keys } = newParts();
    const job = sampleJob();
    await hold(ledger, job);
    const broken = createHeldSends({
      redis,
      keys,
      ledger,
      queue: { addAll: async () => Promise.reject(new Error('the process died here')) },
      now: () => now,
    });
    await expect(broken.release(job.sendId)).rejects.toThrow('died here');
    expect(await held.show(job.sendId)).toMatchObject({ releasing: true });
    expect(statusOf(job.sendId, await ledger.find(job.sendId))).toMatchObject({ state: 'waiting' });
    expect(await held.list()).toEqual([]);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    expect(await redis.exists(keys.releasing)).toBe(0);
  });

  test('a late finisher does not undo that it is held again and released again', async () => {
    const { ledger, held, queue, keys } = newParts();
    const job = sampleJob();
    await hold(ledger, job);
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow = createHeldSends({
      redis,
      keys,
      ledger,
      queue: {
        addAll: async (...args) => {
          const ended = await queue.addAll(...args);
          await gate;
          return ended;
        },
      },
      now: () => now,
    });
    const first = slow.release(job.sendId);
    while ((await redis.exists(keys.job(job.sendId))) === 0) await redis.ping();
    await hold(ledger, job, 2);
    await queue.remove(job.sendId);
    letGo();
    await first;
    expect(await held.show(job.sendId)).toMatchObject({ job, releasing: false });
    expect(await ledger.read(job.sendId)).toMatchObject({ state: 'held', attempt: 2 });
  });
});

describe('drop', () => {
  test('ends it as cancelled with one event, once', async () => {
    const { ledger, held, keys, queue } = newParts();
    const job = sampleJob();
    await hold(ledger, job);
    const answers = await Promise.all(Array.from({ length: 8 }, async () => held.drop(job.sendId)));
    expect(answers.filter(({ kind }) => kind === 'dropped')).toHaveLength(1);
    expect(await statesOf(keys)).toEqual(['1 held', '2 cancelled']);
    expect(await ledger.read(job.sendId)).toMatchObject({ state: 'cancelled', attempt: 2 });
    expect(await held.list()).toEqual([]);
    expect(await redis.exists(keys.heldNeeds, keys.attempts(job.sendId))).toBe(0);
    expect(await held.release(job.sendId)).toEqual({ kind: 'not-held' });
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  test('and release: one of them wins, wholly', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { ledger, held, queue } = newParts();
      const job = sampleJob();
      await hold(ledger, job);
      const kinds = (await Promise.all([held.release(job.sendId), held.drop(job.sendId)])).map(
        ({ kind }) => kind,
      );
      const { state } = await ledger.read(job.sendId);
      // Dropped after it was released is not dropped: it is not held any more.
      expect([
        ['released', 'not-held', 'waiting', 1],
        ['not-held', 'dropped', 'cancelled', 0],
      ]).toContainEqual([...kinds, state, (await queue.counts())['waiting']]);
    }
  });
});

describe('what held sends need', () => {
  test('expires when the last of them is decided, and at the latest time anybody needs it', async () => {
    const { ledger, held, keys } = newParts();
    const contents = createContentStore({ redis, keys });
    const content = sampleContent();
    const contentKey = await contents.put('default', content, now + 3_600_000);
    const jobs = [sampleJob({ contentKey }), sampleJob({ contentKey })] as const;
    for (const job of jobs) await hold(ledger, job);
    const key = keys.content(contentKey);
    expect(await redis.pttl(key)).toBe(-1);
    // Somebody else sends the same text, next month.
    const month = now + 30 * 86_400_000;
    await contents.put('default', content, month);
    await held.drop(jobs[0].sendId);
    expect(await redis.pttl(key)).toBe(-1);
    await held.release(jobs[1].sendId);
    expect(await redis.pexpiretime(key)).toBe(month + contentGraceMs);
    expect(await redis.exists(keys.heldNeeds)).toBe(0);
  });

  test('an idempotency key is kept for 7 days after the end that was decided', async () => {
    const { ledger, held, keys } = newParts();
    const job = sampleJob({ expiresAt: now + 1_000 });
    const key = keys.idempotency(job.messageId);
    await redis.set(key, 'used', 'PX', 60_000);
    await hold(ledger, job);
    expect(await redis.pttl(key)).toBe(-1);
    await held.drop(job.sendId);
    expect(await redis.pexpiretime(key)).toBeGreaterThanOrEqual(now + ledgerRetentionMs);
  });
});
