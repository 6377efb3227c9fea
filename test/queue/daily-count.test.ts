import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createDailyCount } from '../../src/queue/daily-count.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { rememberedDailyCount } from '../../src/queue/remembered-daily-count.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const connections = [new Redis(url), new Redis(url), new Redis(url)];
for (const each of connections) atEnd(() => each.disconnect());
const [counter, ...others] = connections.map((redis) => createDailyCount(redis, keyNames()));
const [connection] = connections;
if (counter === undefined || connection === undefined) throw new Error('no connection');

test('many processes at once claim exactly as many as there may be', async () => {
  const all = [counter, ...others];
  const claims = await Promise.all(
    Array.from({ length: 700 }, async (_, n) => {
      return all[n % all.length]?.claim('acme.example', `message${n}`, 500);
    }),
  );
  expect(claims.filter((claim) => claim?.kind === 'counted')).toHaveLength(500);
  expect(claims.filter((claim) => claim?.kind === 'full')).toHaveLength(200);
  expect(await counter.read('acme.example')).toBe(500);
  expect(await counter.read('other.example')).toBe(0);
});

test('the same mail counts once, also when there is no room for another', async () => {
  const claim = async (id: string) => counter.claim('b.example', id, 2);
  expect(await claim('one')).toEqual({ kind: 'counted', count: 1 });
  expect(await claim('one')).toEqual({ kind: 'counted', count: 1 });
  expect(await claim('two')).toEqual({ kind: 'counted', count: 2 });
  expect(await claim('three')).toMatchObject({ kind: 'full', count: 2 });
  expect(await claim('two')).toEqual({ kind: 'counted', count: 2 });
});

test('mails to several recipients count all or none', async () => {
  expect(await counter.claim('c.example', 'a', 10, 7)).toEqual({ kind: 'counted', count: 7 });
  expect(await counter.claim('c.example', 'b', 10, 4)).toMatchObject({ kind: 'full', count: 7 });
  expect(await counter.claim('c.example', 'c', 10, 3)).toEqual({ kind: 'counted', count: 10 });
});

test('an id that looks like the sum is only an id', async () => {
  await counter.claim('d.example', '#', 10);
  expect(await counter.claim('d.example', 'x', 10)).toEqual({ kind: 'counted', count: 2 });
  expect(await counter.read('d.example')).toBe(2);
});

test('a full day ends when the day of Redis does', async () => {
  await counter.claim('e.example', 'a', 1);
  const [seconds] = await connection.time();
  const claim = await counter.claim('e.example', 'b', 1);
  const endsInMs = claim.kind === 'full' ? claim.dayEndsInMs : 0;
  const endsAtDay = (Number(seconds) * 1000 + endsInMs) / 86_400_000;
  expect(Math.abs(endsAtDay - Math.round(endsAtDay))).toBeLessThan(0.001);
});

test('where a full day is remembered, another process need not be asked until it ends', async () => {
  let now = 1_000;
  const remembered = rememberedDailyCount(counter, { now: () => now });
  const claim = async (id: string) => remembered.claim('f.example', id, 1);
  expect(await claim('a')).toEqual({ kind: 'counted', count: 1 });
  const full = await claim('b');
  expect(full).toMatchObject({ kind: 'full', count: 1 });
  // Gone from Redis: only who remembers it can say so.
  await connection.flushall();
  now += 60_000;
  expect(await claim('c')).toMatchObject({ kind: 'full', count: 1 });
  now += full.kind === 'full' ? full.dayEndsInMs : 0;
  expect(await claim('d')).toEqual({ kind: 'counted', count: 1 });
});
