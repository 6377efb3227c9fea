import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { finalStates } from '../../src/mail/kinds.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { endHourOf } from '../../src/queue/ledger-ends.ts';
import { createLedger, ledgerRetentionMs } from '../../src/queue/ledger.ts';
import { parseOutcomeEvent } from '../../src/queue/outcome-event.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleEvent, sampleFacts, sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
const rival = new Redis(url);
atEnd(() => redis.disconnect());
atEnd(() => rival.disconnect());

const keys = keyNames('ledger');
const ledger = createLedger(redis, keys);
const other = createLedger(rival, keys);
const now = Date.now();
const taken = { code: 'ATTEMPT_TAKEN' };
const waiting = { state: 'waiting', result: 'deferred', nextAt: now + 60_000 } as const;

async function eventsOf(sendId: string): Promise<readonly string[]> {
  const entries = await redis.xrange(keys.outcomes, '-', '+');
  return entries
    .map(([, fields]) => parseOutcomeEvent(fields[1] ?? ''))
    .filter((event) => event.sendId === sendId)
    .map(({ attempt, state }) => `${attempt} ${state}`);
}

describe('an attempt', () => {
  test('is begun, recorded, and begun again', async () => {
    const job = sampleJob();
    expect(await ledger.read(job.sendId)).toEqual({ state: 'waiting', attempt: 0 });
    await ledger.begin(job, 1, now);
    expect(await ledger.read(job.sendId)).toEqual({ state: 'waiting', attempt: 1, openSince: now });
    expect(await ledger.record(job, sampleEvent(job, 1, waiting))).toMatchObject({
      kind: 'recorded',
    });
    expect(await ledger.read(job.sendId)).toEqual({
      state: 'waiting',
      attempt: 1,
      result: 'deferred',
      nextAt: now + 60_000,
    });
    await ledger.begin(job, 2, now + 1);
    expect(await ledger.read(job.sendId)).toEqual({
      state: 'waiting',
      attempt: 2,
      openSince: now + 1,
    });
    await ledger.record(job, sampleEvent(job, 2));
    const ended = {
      state: 'accepted',
      attempt: 2,
      result: 'accepted',
      endedAt: expect.any(Number),
    };
    expect(await ledger.read(job.sendId)).toEqual(ended);
    expect(await ledger.read(job.sendId, job.createdAt)).toEqual(ended);
    expect(await eventsOf(job.sendId)).toEqual(['1 waiting', '2 accepted']);
  });

  test('takes the facts of its message along, the first that come, until the send ends', async () => {
    const job = sampleJob({ soleSend: true });
    const first = sampleFacts({ dateMs: 1 });
    const frozen = JSON.stringify(first);
    await ledger.begin(job, 1, now, first);
    expect(await ledger.read(job.sendId)).toMatchObject({ openSince: now, frozen });
    const later = { toFreeze: sampleFacts({ dateMs: 2 }) };
    await ledger.record(job, sampleEvent(job, 1, waiting), later);
    expect(await ledger.read(job.sendId)).toMatchObject({ result: 'deferred', frozen });
    await ledger.record(job, sampleEvent(job, 2), later);
    expect(await ledger.read(job.sendId)).not.toHaveProperty('frozen');
    expect(await redis.exists(keys.ledger(job.sendId), keys.frozen(job.messageId))).toBe(0);
    // An attempt refused before its body begins nothing, and keeps them all the same.
    const refused = sampleJob({ soleSend: true });
    await ledger.record(refused, sampleEvent(refused, 1, waiting), { toFreeze: first });
    expect(await ledger.read(refused.sendId)).toMatchObject({ attempt: 1, frozen });
  });

  test('that came to no body is recorded without having been begun', async () => {
    const job = sampleJob();
    expect((await ledger.record(job, sampleEvent(job, 1, waiting))).kind).toBe('recorded');
    expect((await ledger.record(job, sampleEvent(job, 2))).kind).toBe('recorded');
    expect(await eventsOf(job.sendId)).toEqual(['1 waiting', '2 accepted']);
  });

  test('that another worker has begun is not ended by what came to no body', async () => {
    const job = sampleJob();
    await other.begin(job, 1, now);
    const late = sampleEvent(job, 1, waiting);
    expect(await ledger.record(job, late, { unbegun: true })).toEqual({ kind: 'superseded' });
    expect((await other.record(job, sampleEvent(job, 1))).kind).toBe('recorded');
    expect(await ledger.record(job, late, { unbegun: true })).toEqual({ kind: 'superseded' });
    expect(await eventsOf(job.sendId)).toEqual(['1 accepted']);
  });

  test('begun and never recorded stays open, across processes', async () => {
    const job = sampleJob();
    await ledger.begin(job, 1, now);
    expect(await other.read(job.sendId)).toMatchObject({ attempt: 1, openSince: now });
    await expect(other.begin(job, 2, now)).rejects.toMatchObject(taken);
    const uncertain = { state: 'waiting', result: 'uncertain', nextAt: now } as const;
    expect((await other.record(job, sampleEvent(job, 1, uncertain))).kind).toBe('recorded');
    // The one that was believed dead comes back: what it saw comes too late.
    expect(await ledger.record(job, sampleEvent(job, 1))).toEqual({ kind: 'superseded' });
    await other.begin(job, 2, now);
    expect(await eventsOf(job.sendId)).toEqual(['1 waiting']);
  });
});

describe('races', () => {
  test('of two that begin the same attempt exactly one wins, each time', async () => {
    for (let round = 0; round < 50; round += 1) {
      const job = sampleJob();
      const begins = [ledger, other, ledger, other].map(async (each) => each.begin(job, 1, now));
      const settled = await Promise.allSettled(begins);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const lost = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
      expect(lost).toMatchObject([taken, taken, taken]);
    }
  });

  test('of many that record the same attempt exactly one does, with one event', async () => {
    const job = sampleJob();
    await ledger.begin(job, 1, now);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_each, index) =>
        (index % 2 === 0 ? ledger : other).record(job, sampleEvent(job, 1)),
      ),
    );
    expect(answers.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    expect(await eventsOf(job.sendId)).toEqual(['1 accepted']);
  });
});

describe('what is refused', () => {
  test('to begin out of turn', async () => {
    const job = sampleJob();
    await expect(ledger.begin(job, 2, now)).rejects.toMatchObject(taken);
    await expect(ledger.begin(job, 0, now)).rejects.toMatchObject(taken);
    await ledger.begin(job, 1, now);
    await expect(ledger.begin(job, 1, now)).rejects.toMatchObject(taken);
    await expect(ledger.begin(job, 3, now)).rejects.toMatchObject(taken);
  });

  test('to record out of turn', async () => {
    const job = sampleJob();
    await ledger.begin(job, 1, now);
    for (const attempt of [0, 2, 3]) {
      const event = sampleEvent(job, attempt);
      expect(await ledger.record(job, event)).toEqual({ kind: 'superseded' });
    }
    expect(await eventsOf(job.sendId)).toEqual([]);
  });

  test.each(finalStates)('anything after %s', async (state) => {
    const job = sampleJob();
    await ledger.record(job, sampleEvent(job, 1, { state }));
    await expect(ledger.begin(job, 2, now)).rejects.toMatchObject(taken);
    expect(await ledger.record(job, sampleEvent(job, 2))).toEqual({ kind: 'superseded' });
    expect(await ledger.read(job.sendId)).toMatchObject({ state, attempt: 1 });
    expect(await eventsOf(job.sendId)).toEqual([`1 ${state}`]);
  });

  test('an event of another send', async () => {
    const job = sampleJob();
    await expect(ledger.record(job, sampleEvent(sampleJob(), 1))).rejects.toThrow('not of this');
    expect(await ledger.read(job.sendId)).toEqual({ state: 'waiting', attempt: 0 });
  });
});

describe('how long it is kept', () => {
  test('7 days after the expiry, or after the end where that is later', async () => {
    const job = sampleJob();
    const expiry = async (): Promise<number> => redis.pexpiretime(keys.ledger(job.sendId));
    await ledger.begin(job, 1, now);
    expect(await expiry()).toBe(job.expiresAt + ledgerRetentionMs);
    const late = job.expiresAt + 5_000;
    await ledger.record(job, sampleEvent(job, 1, { ...waiting, at: late }));
    expect(await expiry()).toBe(late + ledgerRetentionMs);
    await ledger.record(job, sampleEvent(job, 2, { at: late + 1 }));
    expect(await redis.exists(keys.ledger(job.sendId))).toBe(0);
    const [bucket = ''] = await redis.keys(`${keys.ledgerEnds}:${endHourOf(job)}:0:*`);
    expect(await redis.pexpiretime(bucket)).toBeGreaterThan(late + ledgerRetentionMs);
  });

  test('what a held send needs is kept until somebody decides', async () => {
    const job = sampleJob();
    for (const key of [keys.content(job.contentKey), keys.frozen(job.messageId)]) {
      await redis.set(key, 'needed', 'EX', 100);
    }
    await ledger.begin(job, 1, now);
    await ledger.record(job, sampleEvent(job, 1, { state: 'held', result: 'uncertain' }));
    for (const key of [
      keys.content(job.contentKey),
      keys.frozen(job.messageId),
      keys.ledger(job.sendId),
    ]) {
      expect(await redis.pttl(key)).toBe(-1);
    }
    expect(JSON.parse((await redis.hget(keys.held, job.sendId)) ?? '')).toEqual(job);
  });

  test('the stream and the ledger are written together or not at all', async () => {
    const job = sampleJob();
    await ledger.begin(job, 1, now);
    const stranger = createLedger(redis, { ...keys, outcomes: keys.held });
    await redis.hset(keys.held, 'makes it', 'a hash');
    await expect(stranger.record(job, sampleEvent(job, 1))).rejects.toThrow('WRONGTYPE');
    expect(await ledger.read(job.sendId)).toEqual({ state: 'waiting', attempt: 1, openSince: now });
  });
});
