import { expect, test } from '@jest/globals';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { workerOptions } from '../support/world.ts';
import { startProcessWorld } from './process-world.ts';

const redis = await startTestRedis();

test('a connection that ends while the ledger is asked: the mail goes over the next one, nothing is uncertain', async () => {
  const world = await startProcessWorld(redis.url, {
    script: (connection) => (connection === 1 ? { closeAfter: 'data', fromMessage: 2 } : {}),
    beforeReply: async ({ connection }) => {
      // The answer of the ledger to the second message comes after the end of the connection.
      if (connection === 1) await world.redis.client('PAUSE', 1_000, 'WRITE');
    },
  });
  const sends = await world.enqueue(2);
  const options = workerOptions(redis.url, world.relay, { prefix: world.prefix, concurrency: 2 });
  const { host, port } = world.relay;
  const route = { ...options.route, host, port, connectionsMax: 1, chaining: 'off' } as const;
  const worker = await createWorker({ ...options, route });
  atEnd(async () => worker.close());
  expect(await world.watch.waitForEnded(2, 20_000)).toBe(true);
  expect(world.relay.connectionCount).toBe(2);
  const { events } = world.watch;
  expect(events.map(({ attempt, state }) => [attempt, state])).toEqual([
    [1, 'accepted'],
    [1, 'accepted'],
  ]);
  expect(await world.addUp(sends)).toMatchObject({ repeated: 0, uncertain: 0 });
});
