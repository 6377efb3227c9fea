import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  lazyRedis,
  openRedis,
  readyRedis,
  redisTrouble,
  withoutPassword,
} from '../../src/queue/redis-connection.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { codeOf, messageOf, OnbehalfError } from '../../src/runtime/errors.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const server = await startTestRedis();
const absent = join(temporaryFolder(), 'absent.sock');

describe('openRedis', () => {
  test('gives a connection that is ready', async () => {
    const redis = await openRedis({ url: server.url, whileAway: 'fail' });
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  test.each(['fail', 'wait'] as const)(
    'says what to do when nobody is there (%s)',
    async (whileAway) => {
      const opening = openRedis({ url: absent, whileAway, connectTimeoutMs: 300 });
      await expect(opening).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
        message: expect.stringMatching(/absent\.sock.*ENOENT.*run `onbehalf up` or set REDIS_URL/),
      });
    },
  );

  test('never shows a password', async () => {
    const url = 'redis://user:planted-secret@127.0.0.1:1/0';
    expect(withoutPassword(url)).toBe('redis://***@127.0.0.1:1/0');
    const lines: string[] = [];
    const logger = createLogger({ level: 'debug', write: (line) => lines.push(line) });
    const error: unknown = await openRedis({ url, whileAway: 'fail', logger }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(`${String(error)}${lines.join('')}`).not.toContain('planted-secret');
    expect(lines.join('')).toContain('"event":"redis-away"');
  });
});

describe('readyRedis', () => {
  test('connects once for all callers, and anew after a failure', async () => {
    const options = { url: server.url, whileAway: 'fail' } as const;
    const redis = lazyRedis(options);
    atEnd(() => redis.disconnect());
    await Promise.all(Array.from({ length: 50 }, async () => readyRedis(redis, options)));
    expect(redis.status).toBe('ready');
    expect(redis.listenerCount('ready')).toBeLessThan(5);
    await server.stop();
    for (let call = 0; call < 3; call += 1) {
      await expect(readyRedis(redis, options)).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
      });
    }
    await server.start();
    await readyRedis(redis, options);
    expect(await redis.ping()).toBe('PONG');
  });
});

test('a worker connection outlives an outage, with one line at each end of it', async () => {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line) });
  const redis = await openRedis({ url: server.url, whileAway: 'wait', logger });
  atEnd(() => redis.disconnect());
  await server.stop('SIGKILL');
  // A very short outage is over before anybody notices.
  await new Promise((resolve) => redis.once('error', resolve));
  const answer = redis.set('written', 'while away');
  await server.start();
  expect(await answer).toBe('OK');
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(['redis-away', 'redis-back']);
});

test.each<[string, unknown, string | undefined]>([
  [
    'the limit of retries',
    { name: 'MaxRetriesPerRequestError', message: 'x' },
    'REDIS_UNAVAILABLE',
  ],
  ['a closed connection', new Error('Connection is closed.'), 'REDIS_UNAVAILABLE'],
  ['a refused one', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'REDIS_UNAVAILABLE'],
  ['a server that loads', new Error('LOADING Redis is loading'), 'REDIS_UNAVAILABLE'],
  ['full memory', new Error('OOM command not allowed'), 'REDIS_UNSUITABLE'],
  ['a full disk', new Error('MISCONF Errors writing to the AOF file'), 'REDIS_UNSUITABLE'],
  ['a replica', new Error("READONLY You can't write"), 'REDIS_UNSUITABLE'],
  ['one of ours', new OnbehalfError('INVALID_INPUT', 'OOM'), 'INVALID_INPUT'],
  ['a bug', new TypeError('undefined is no function'), undefined],
])('what a failed command means: %s', (_what, error, code) => {
  const trouble = redisTrouble(error, 'redis://u:planted-secret@h');
  expect(codeOf(trouble)).toBe(code);
  expect(messageOf(trouble)).not.toContain('planted-secret');
});
