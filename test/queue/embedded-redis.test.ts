import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedisServer } from '../../src/queue/embedded-redis.ts';
import { answersPing } from '../../src/queue/redis-ping.ts';
import '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const folder = temporaryFolder();

describe('startRedisServer', () => {
  test('answers on its socket, set up to lose nothing', async () => {
    const socketPath = join(folder, 'a.sock');
    await using server = await startRedisServer({ dataDirectory: join(folder, 'a'), socketPath });
    expect(server.url).toBe(socketPath);
    const client = new Redis(server.url);
    const settings: Record<string, unknown> = {};
    for (const name of ['appendonly', 'appendfsync', 'save', 'maxmemory-policy', 'port']) {
      settings[name] = ((await client.config('GET', name)) as readonly string[])[1];
    }
    client.disconnect();
    expect(settings).toEqual({
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      port: '0',
    });
  });

  test('answers on a port of the loopback', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await once(probe.close(), 'close');
    await using server = await startRedisServer({ dataDirectory: join(folder, 'b'), port });
    expect(server.url).toBe(`redis://127.0.0.1:${port}`);
    expect(await answersPing(server.url)).toBe(true);
  });

  test('ends in good order, with whatever signal it is told to end', async () => {
    const socketPath = join(folder, 'c.sock');
    const options = { dataDirectory: join(folder, 'c'), socketPath };
    const first = await startRedisServer(options);
    await Promise.all([first.stop(), first.stop()]);
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await answersPing(socketPath)).toBe(false);
    await using second = await startRedisServer(options);
    await second.kill('SIGKILL');
    expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await answersPing(socketPath)).toBe(false);
  });

  test('a server that does not come up is an error with its last words', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(
      startRedisServer({ dataDirectory: join(folder, 'd'), port }),
    ).rejects.toMatchObject({
      code: 'SERVER_FAILED',
      message: expect.stringMatching(/exit code 1[^]*Address already in use/),
    });
    await once(taken.close(), 'close');
  });

  test('wants an address it can use', async () => {
    const dataDirectory = join(folder, 'e');
    const code = { code: 'INVALID_INPUT' };
    await expect(startRedisServer({ dataDirectory })).rejects.toMatchObject(code);
    const socketPath = `/tmp/${'x'.repeat(100)}`;
    await expect(startRedisServer({ dataDirectory, socketPath })).rejects.toMatchObject(code);
  });
});

describe('startTestRedis', () => {
  test('keeps its address and its data over a restart', async () => {
    const redis = await startTestRedis();
    const client = new Redis(redis.url);
    await client.set('name', 'value');
    const { pid } = redis;
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await client.get('name')).toBe('value');
    await redis.restart('SIGKILL');
    expect(await client.get('name')).toBe('value');
    client.disconnect();
  });
});
