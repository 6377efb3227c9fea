import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createFrozenFactsStore } from '../../src/queue/frozen-facts.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { ledgerRetentionMs } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleFacts, sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const store = createFrozenFactsStore(redis, keys);

test('the first facts hold, whoever comes later, however many at once', async () => {
  const job = sampleJob();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_each, index) =>
      store.freeze(job, sampleFacts({ dateMs: index })),
    ),
  );
  expect(new Set(answers.map(({ dateMs }) => dateMs)).size).toBe(1);
  const later = await store.freeze(
    job,
    sampleFacts({ dateMs: 99, selector: 's2', tokenKeyId: 'b' }),
  );
  expect(later).toEqual(answers[0]);
});

test('each message has its own', async () => {
  expect(await store.freeze(sampleJob(), sampleFacts({ dateMs: 1 }))).toMatchObject({ dateMs: 1 });
  expect(await store.freeze(sampleJob(), sampleFacts({ dateMs: 2 }))).toMatchObject({ dateMs: 2 });
});

test('they are kept as long as the latest ledger of the message', async () => {
  const job = sampleJob();
  const expiry = async (): Promise<number> => redis.pexpiretime(keys.frozen(job.messageId));
  await store.freeze(job, sampleFacts());
  expect(await expiry()).toBe(job.expiresAt + ledgerRetentionMs);
  await store.freeze({ ...job, expiresAt: job.expiresAt - 1_000 }, sampleFacts());
  expect(await expiry()).toBe(job.expiresAt + ledgerRetentionMs);
  await store.freeze({ ...job, expiresAt: job.expiresAt + 1_000 }, sampleFacts());
  expect(await expiry()).toBe(job.expiresAt + 1_000 + ledgerRetentionMs);
  await redis.persist(keys.frozen(job.messageId));
  await store.freeze(job, sampleFacts());
  expect(await redis.pttl(keys.frozen(job.messageId))).toBe(-1);
});

test.each([
  ['of a newer version', JSON.stringify({ ...sampleFacts(), v: 2 }), 'NEWER_VERSION'],
  ['with an unknown mode', JSON.stringify({ ...sampleFacts(), mode: 'hopeful' }), 'INVALID_JOB'],
  ['that are no object', '[]', 'INVALID_JOB'],
])('facts %s are refused', async (_what, stored, code) => {
  const job = sampleJob();
  await redis.set(keys.frozen(job.messageId), stored, 'EX', 60);
  await expect(store.freeze(job, sampleFacts())).rejects.toMatchObject({ code });
});
