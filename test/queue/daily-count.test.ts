import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createDailyCount } from '../../src/queue/daily-count.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const connections = [new Redis(url), new Redis(url), new Redis(url)];
for (const each of connections) atEnd(() => each.disconnect());
const [counter, ...others] = connections.map((redis) => createDailyCount(redis, keyNames()));
if (counter === undefined) throw new Error('no connection');

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
  expect(await claim('three')).toEqual({ kind: 'full', count: 2 });
  expect(await claim('two')).toEqual({ kind: 'counted', count: 2 });
});

test('mails to several recipients count all or none', async () => {
  expect(await counter.claim('c.example', 'a', 10, 7)).toEqual({ kind: 'counted', count: 7 });
  expect(await counter.claim('c.example', 'b', 10, 4)).toEqual({ kind: 'full', count: 7 });
  expect(await counter.claim('c.example', 'c', 10, 3)).toEqual({ kind: 'counted', count: 10 });
});

test('an id that looks like the sum is only an id', async () => {
  await counter.claim('d.example', '#', 10);
  expect(await counter.claim('d.example', 'x', 10)).toEqual({ kind: 'counted', count: 2 });
  expect(await counter.read('d.example')).toBe(2);
});
