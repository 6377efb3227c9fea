import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createFactsCache } from '../../src/queue/facts-cache.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const cache = createFactsCache(redis, keys);

test('an entry is read by every process of the installation, and by no other one', async () => {
  await cache.write('mx:acme.example', 'what DNS said', 60_000);
  const other = new Redis(url);
  atEnd(() => other.disconnect());
  expect(await createFactsCache(other, keys).read('mx:acme.example')).toBe('what DNS said');
  expect(await createFactsCache(other, keyNames('second')).read('mx:acme.example')).toBeUndefined();
  expect(await cache.read('mx:dest.example')).toBeUndefined();
});

test('an entry ends with its time, also one of a fraction of a millisecond', async () => {
  await cache.write('mx:acme.example', 'one', 90_000.4);
  const left = await redis.pttl(keys.domainFacts('mx:acme.example'));
  expect(left).toBeGreaterThan(80_000);
  expect(left).toBeLessThanOrEqual(90_000);
  await cache.write('mx:short.example', 'two', 0.2);
  expect(await redis.pttl(keys.domainFacts('mx:short.example'))).toBeLessThanOrEqual(1);
});

test('a dropped entry is gone, and dropping it twice is fine', async () => {
  await cache.write('mx:acme.example', 'one', 60_000);
  await cache.drop('mx:acme.example');
  await cache.drop('mx:acme.example');
  expect(await cache.read('mx:acme.example')).toBeUndefined();
});
