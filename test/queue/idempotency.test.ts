import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomMessageId, sendIdOf } from '../../src/mail/ids.ts';
import { createIdempotencyStore } from '../../src/queue/idempotency.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { ledgerRetentionMs } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const store = createIdempotencyStore(redis, keys);
const now = Date.now();
const claim = {
  fingerprint: 'one',
  createdAt: now,
  sendAt: now + 1,
  expiresAt: now + 2,
  turn: 'first',
  sendIds: [sendIdOf(randomMessageId(), 'bob@dest.example')],
};

test('the first claim wins; the others see it, and later that it is complete', async () => {
  const id = randomMessageId();
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_each, index) =>
      store.claim(id, { ...claim, fingerprint: `call ${index}` }),
    ),
  );
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
  const winner = answers.indexOf(undefined);
  const seen = { ...claim, fingerprint: `call ${winner}`, complete: false };
  expect(answers.filter((answer) => answer !== undefined)).toEqual(Array(19).fill(seen));
  expect(await store.complete(id, claim.turn)).toBe(true);
  const other = { ...claim, fingerprint: 'other', createdAt: 5 };
  expect(await store.claim(id, other)).toEqual({ ...seen, complete: true });
  expect(await store.sendsOf(id)).toEqual(claim.sendIds);
  expect(await store.sendsOf(randomMessageId())).toEqual([]);
});

test('a released key is free', async () => {
  const id = randomMessageId();
  await store.claim(id, claim);
  await store.release(id);
  expect(await store.claim(id, { ...claim, fingerprint: 'two' })).toBeUndefined();
  expect(await store.claim(id, claim)).toMatchObject({ fingerprint: 'two' });
});

test('it is kept for 7 days after the expiry', async () => {
  const id = randomMessageId();
  await store.claim(id, claim);
  expect(await redis.pexpiretime(keys.idempotency(id))).toBe(claim.expiresAt + ledgerRetentionMs);
  expect(await store.complete(id, claim.turn)).toBe(true);
  expect(await redis.pexpiretime(keys.idempotency(id))).toBe(claim.expiresAt + ledgerRetentionMs);
});

describe('calls with the same key at the same time', () => {
  test('where one has added all, none takes anything back', async () => {
    const id = randomMessageId();
    await store.claim(id, claim);
    expect(await store.complete(id, claim.turn)).toBe(true);
    expect(await store.withdraw(id)).toBe(false);
  });

  test('where one takes its sends back, none of them succeeds, and the next begins afresh', async () => {
    const id = randomMessageId();
    await store.claim(id, claim);
    expect(await store.withdraw(id)).toBe(true);
    expect(await store.complete(id, claim.turn)).toBe(false);
    await expect(store.claim(id, claim)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    await store.reopen(id);
    expect(await store.complete(id, claim.turn)).toBe(false);
    const next = await store.claim(id, claim);
    expect(next).toMatchObject({ fingerprint: 'one', complete: false });
    expect(await store.complete(id, next?.turn ?? '')).toBe(true);
  });

  test('one that died while it took back blocks the key for 10 seconds, no longer', async () => {
    const id = randomMessageId();
    await store.claim(id, claim);
    await store.withdraw(id);
    const until = Number(await redis.hget(keys.idempotency(id), 'w'));
    expect(until - Date.now()).toBeLessThanOrEqual(10_000);
    await redis.hset(keys.idempotency(id), 'w', Date.now() - 1);
    expect(await store.claim(id, claim)).toMatchObject({ fingerprint: 'one' });
  });
});
