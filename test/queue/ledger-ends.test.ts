import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { randomMessageId, sendIdOf } from '../../src/mail/ids.ts';
import { attemptResults, finalStates } from '../../src/mail/kinds.ts';
import { createAdmissions } from '../../src/queue/admit.ts';
import { campaignSendId } from '../../src/mail/campaign-send-id.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLedger, ledgerRetentionMs } from '../../src/queue/ledger.ts';
import { decodeEnd, encodeEnd, endHourOf, endPlaceOf } from '../../src/queue/ledger-ends.ts';
import type { SendJob } from '../../src/queue/send-job.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { sampleEvent, sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const now = Date.now();

const jobs = (count: number, more: Partial<SendJob> = {}) =>
  Array.from({ length: count }, () => sampleJob(more));

test('an end survives being a number, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...finalStates),
      fc.option(fc.constantFrom(...attemptResults), { nil: undefined }),
      fc.integer({ min: 1, max: 127 }),
      fc.integer({ min: 0, max: 400 * 86_400 }),
      (state, result, attempt, seconds) => {
        const hour = 480_000;
        const endedAt = hour * 3_600_000 + seconds * 1000;
        const end = { state, attempt, endedAt, ...(result === undefined ? {} : { result }) };
        const code = encodeEnd(end, hour);
        expect(Number.isSafeInteger(code)).toBe(true);
        expect(decodeEnd(code, hour)).toEqual(end);
      },
    ),
    propertyRuns(500),
  );
});

test('the place of an id uses all of its last 8 bytes and its first 23 bits', () => {
  const id = sendIdOf(randomMessageId(), 'bob@dest.example');
  const { group, prefix, field } = endPlaceOf({ sendId: id, createdAt: 7 * 3_600_000 + 5 });
  expect(group).toBe(7);
  expect(prefix).toBeLessThan(2 ** 23);
  expect(field).toMatch(/^[0-9a-f]{16}$/);
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = Array.from(id, (each) => letters.indexOf(each).toString(2).padStart(5, '0')).join(
    '',
  );
  expect(prefix).toBe(Number.parseInt(bits.slice(0, 23), 2));
  expect(BigInt(`0x${field}`)).toBe(BigInt(`0b${bits.slice(64, 128)}`));
});

describe('buckets', () => {
  test('hold at most 128 each, are flat lists, and every end is found', async () => {
    const keys = keyNames('ends');
    const ledger = createLedger(redis, keys);
    // So many share the first bits that they fill a bucket and overflow into its children.
    const [example] = jobs(1);
    if (example === undefined) throw new TypeError('no job');
    const same = jobs(1_500).map((job) => ({ ...job, sendId: withPrefixOf(job, example) }));
    await Promise.all(same.map(async (job) => ledger.record(job, sampleEvent(job, 1))));
    const buckets = await redis.keys(`${keys.ledgerEnds}:*`);
    const sizes = await Promise.all(buckets.map(async (each) => redis.hlen(each)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_500);
    expect(Math.max(...sizes)).toBe(128);
    expect(buckets.length).toBeGreaterThan(9);
    for (const bucket of buckets) {
      expect(await redis.object('ENCODING', bucket)).toBe('listpack');
    }
    for (const job of same) {
      const entry = { state: 'accepted', attempt: 1 };
      expect(await ledger.read(job.sendId, job.createdAt)).toMatchObject(entry);
      await expect(ledger.begin(job, 1, now)).rejects.toMatchObject({ code: 'ATTEMPT_TAKEN' });
    }
    expect(await redis.dbsize()).toBe(buckets.length + 2);
  });

  test('live 7 days after the end at least, and the way to a child as long as the child', async () => {
    const keys = keyNames('ends-life');
    const ledger = createLedger(redis, keys);
    const [example] = jobs(1);
    if (example === undefined) throw new TypeError('no job');
    const same = jobs(129).map((job) => ({ ...job, sendId: withPrefixOf(job, example) }));
    for (const job of same.slice(0, 128)) await ledger.record(job, sampleEvent(job, 1));
    const last = { ...(same.at(-1) ?? example), expiresAt: now + 90 * 86_400_000 };
    await ledger.record(last, sampleEvent(last, 1));
    for (const bucket of await redis.keys(`${keys.ledgerEnds}:*`)) {
      const least = last.expiresAt + ledgerRetentionMs;
      expect(await redis.pexpiretime(bucket)).toBeGreaterThanOrEqual(least);
      expect(await redis.pexpiretime(bucket)).toBeLessThan(least + 3_600_000);
    }
  });

  test('are found by the id alone, in whatever hour, and hours are forgotten', async () => {
    const keys = keyNames('ends-hours');
    const ledger = createLedger(redis, keys);
    const ago = (hours: number): Partial<SendJob> => ({ createdAt: now - hours * 3_600_000 });
    const some = [0, 1, 5, 160].flatMap((hours) => jobs(20, ago(hours)));
    for (const job of some) {
      await ledger.record(job, sampleEvent(job, 1, { state: 'rejected', result: 'rejected' }));
    }
    for (const { sendId } of some) {
      expect(await ledger.read(sendId)).toMatchObject({ state: 'rejected', result: 'rejected' });
    }
    expect(await redis.zcard(keys.ledgerHours)).toBe(4);
    await redis.zadd(keys.ledgerHours, now - 1, 17);
    const [fresh] = jobs(1, ago(2));
    if (fresh === undefined) throw new TypeError('no job');
    await ledger.record(fresh, sampleEvent(fresh, 1));
    expect(await redis.zscore(keys.ledgerHours, '17')).toBeNull();
    expect(await redis.zscore(keys.ledgerHours, String(endHourOf(fresh)))).not.toBeNull();
  });
});

describe('of a campaign', () => {
  const createdAt = now - 5 * 3_600_000;
  const jobAt = (sequence: number, campaign = 'spring'): SendJob => {
    const position = { tenant: 'default', campaign, createdAt, sequence };
    const sendId = campaignSendId(position, `r${sequence}@dest.example`);
    return sampleJob({ sendId, campaign, createdAt, soleSend: true });
  };

  test('128 neighbours share a bucket, and each is found, with its job and by its id alone', async () => {
    const keys = keyNames('ends-campaign');
    const ledger = createLedger(redis, keys);
    const some = Array.from({ length: 300 }, (_each, sequence) => jobAt(sequence));
    const other = jobAt(5, 'autumn');
    await Promise.all(some.map(async (job) => ledger.record(job, sampleEvent(job, 1))));
    const sizes = await Promise.all(
      (await redis.keys(`${keys.ledgerEnds}:*`)).map(async (each) => redis.hlen(each)),
    );
    expect(sizes.toSorted((a, b) => a - b)).toEqual([300 - 256, 128, 128]);
    expect(await redis.exists(keys.ledgerHours)).toBe(0);
    const known = createAdmissions(redis, keys, { get: async () => Promise.resolve(undefined) });
    for (const job of some) {
      const ended = { state: 'accepted', attempt: 1, result: 'accepted' };
      expect((await known.admit(job).known).entry).toMatchObject(ended);
      expect(await ledger.read(job.sendId)).toMatchObject(ended);
      await expect(ledger.begin(job, 1, now)).rejects.toMatchObject({ code: 'ATTEMPT_TAKEN' });
      expect(await ledger.record(job, sampleEvent(job, 1))).toEqual({ kind: 'superseded' });
    }
    expect((await ledger.read(some[299]?.sendId as SendJob['sendId'])).endedAt).toBeCloseTo(
      sampleEvent(other, 1).at,
      -5,
    );
    expect((await known.admit(other).known).entry).toEqual({ state: 'waiting', attempt: 0 });
    expect((await ledger.find(other.sendId)).entry).toBeUndefined();
  });

  test('a bucket lives 7 days after the last possible end', async () => {
    const keys = keyNames('ends-campaign-life');
    const ledger = createLedger(redis, keys);
    const late = { ...jobAt(1), expiresAt: now + 30 * 86_400_000 };
    for (const job of [jobAt(0), late, jobAt(2)]) await ledger.record(job, sampleEvent(job, 1));
    const [bucket = ''] = await redis.keys(`${keys.ledgerEnds}:*`);
    const least = late.expiresAt + ledgerRetentionMs;
    expect(await redis.pexpiretime(bucket)).toBeGreaterThanOrEqual(least);
    expect(await redis.pexpiretime(bucket)).toBeLessThan(least + 3_600_000);
  });
});

/** An id of its own that begins as another one does. */
function withPrefixOf(job: SendJob, example: SendJob): SendJob['sendId'] {
  return `${example.sendId.slice(0, 2)}${job.sendId.slice(2)}` as SendJob['sendId'];
}
