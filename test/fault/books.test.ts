import { expect, test } from '@jest/globals';
import '../support/leftovers.ts';
import type { SendId } from '../../src/mail/ids.ts';
import { startTestRedis } from '../support/redis.ts';
import { seededRandom } from '../support/seed.ts';
import { openBooks } from './books.ts';
import { startProcessWorld } from './process-world.ts';

const redisServer = await startTestRedis();

test('books find sends that are nowhere, and sends that are in two places', async () => {
  const world = await startProcessWorld(redisServer.url);
  const { redis, keys } = world;
  const sends = await world.enqueue(4);
  const books = openBooks(redis, keys, sends, seededRandom(1));
  await books.sample();
  const good = {
    booksSamples: 1,
    booksComplete: 1,
    booksLooked: 4,
    booksUnbalanced: 0,
    astray: [],
  };
  expect(books.figures).toEqual(good);

  const [lost, twice, both, held] = sends.map(({ sendId }) => sendId as SendId);
  const queueKey = (name: string): string => `${keys.bullPrefix}:${keys.sendQueue}:${name}`;
  await redis.zrem(queueKey('prioritized'), lost ?? '');
  await redis.lrem(queueKey('wait'), 0, lost ?? '');
  await redis.zadd(queueKey('delayed'), 1, twice ?? '');
  await redis.hset(keys.held, both ?? '', '{}');
  await redis.hset(keys.ledger(held as SendId), 's', 'held');
  await books.sample();
  const { astray, ...figures } = books.figures;
  expect(figures).toMatchObject({ booksSamples: 2, booksLooked: 8, booksUnbalanced: 1 });
  expect(astray.map((each) => each.split(' ')[0])).toEqual([lost, twice, both, held]);

  await redis.hset(keys.held, held ?? '', '{}');
  await books.sample();
  expect(books.figures.astray).toHaveLength(7);
});
