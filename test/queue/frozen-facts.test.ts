import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createFrozenFactsStore, type FrozenFacts } from '../../src/queue/frozen-facts.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { ledgerRetentionMs } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleJob } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const store = createFrozenFactsStore(redis, keys);

function facts(more: Partial<FrozenFacts> = {}): FrozenFacts {
  return {
    v: 1,
    mode: 'on-behalf',
    modeRow: 10,
    why: 'acme.example has no DMARC record',
    dateMs: 1_000,
    selector: 's1',
    returnPathHost: 'bounce.crm.example',
    tokenKeyId: 'a',
    ...more,
  };
}

test('the first facts hold, whoever comes later, however many at once', async () => {
  const job = sampleJob();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_each, index) => store.freeze(job, facts({ dateMs: index }))),
  );
  expect(new Set(answers.map(({ dateMs }) => dateMs)).size).toBe(1);
  const later = await store.freeze(job, facts({ dateMs: 99, selector: 's2', tokenKeyId: 'b' }));
  expect(later).toEqual(answers[0]);
});

test('each message has its own', async () => {
  expect(await store.freeze(sampleJob(), facts({ dateMs: 1 }))).toMatchObject({ dateMs: 1 });
  expect(await store.freeze(sampleJob(), facts({ dateMs: 2 }))).toMatchObject({ dateMs: 2 });
});

test('they are kept as long as the latest ledger of the message', async () => {
  const job = sampleJob();
  const expiry = async (): Promise<number> => redis.pexpiretime(keys.frozen(job.messageId));
  await store.freeze(job, facts());
  expect(await expiry()).toBe(job.expiresAt + ledgerRetentionMs);
  await store.freeze({ ...job, expiresAt: job.expiresAt - 1_000 }, facts());
  expect(await expiry()).toBe(job.expiresAt + ledgerRetentionMs);
  await store.freeze({ ...job, expiresAt: job.expiresAt + 1_000 }, facts());
  expect(await expiry()).toBe(job.expiresAt + 1_000 + ledgerRetentionMs);
  await redis.persist(keys.frozen(job.messageId));
  await store.freeze(job, facts());
  expect(await redis.pttl(keys.frozen(job.messageId))).toBe(-1);
});

test.each([
  ['of a newer version', JSON.stringify({ ...facts(), v: 2 }), 'NEWER_VERSION'],
  ['with an unknown mode', JSON.stringify({ ...facts(), mode: 'hopeful' }), 'INVALID_JOB'],
  ['that are no object', '[]', 'INVALID_JOB'],
])('facts %s are refused', async (_what, stored, code) => {
  const job = sampleJob();
  await redis.set(keys.frozen(job.messageId), stored, 'EX', 60);
  await expect(store.freeze(job, facts())).rejects.toMatchObject({ code });
});
