import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { attempt } from '../../db/sqlite/schema.ts';
import { openOutcomeReader } from '../../src/queue/outcome-stream.ts';
import { outcome } from '../support/history.ts';
import { atEnd } from '../support/leftovers.ts';
import { connectTo, outcomeWorld } from '../support/outcome-world.ts';
import { startTestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

test.each(['wait', 'fail'] as const)(
  'events whose hand-out was lost with the connection are asked for again (%s)',
  async (whileAway) => {
    const server = await startTestRedis();
    const proxy = await startCuttingProxy(server.url);
    const world = await outcomeWorld(server);
    const redis = await connectTo(proxy, whileAway);
    const reader = await openOutcomeReader({ redis, keys: world.keys, group: 'history' });
    atEnd(() => reader.close());
    const consumer = world.start({ reader, waitMs: 50 });
    const cut = proxy.cutAt('eventId');
    await world.add(outcome('m1', 'bob@client.example'));
    await cut;
    await consumer.appended(1);
    await consumer.stop();
    expect(world.database.orm.select().from(attempt).all()).toHaveLength(1);
    expect((await world.reader.backlog()).unacknowledged).toBe(0);
  },
);

/** Passes bytes to and from Redis, and can break the connection instead of passing an answer on. */
async function startCuttingProxy(target: string) {
  const url = join(temporaryFolder(), 'proxy.sock');
  let wanted: { readonly text: string; readonly done: () => void } | undefined;
  const proxy = createServer((client) => {
    const upstream = createConnection(target);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.on('data', (bytes) => {
      if (wanted === undefined || !bytes.includes(wanted.text)) {
        client.write(bytes);
        return;
      }
      wanted.done();
      wanted = undefined;
      end();
    });
  });
  proxy.listen(url);
  await once(proxy, 'listening');
  atEnd(() => proxy.close());
  return {
    url,
    /** Breaks the next connection whose answer holds this text; resolves then. */
    cutAt: async (text: string): Promise<void> =>
      new Promise((done) => {
        wanted = { text, done };
      }),
  };
}
