import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { checkRedis } from '../../src/queue/redis-check.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createProducer } from '../../src/producer/index.ts';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { testMail } from '../support/send-world.ts';
import { workerOptions } from '../support/world.ts';
import { bulk, list, startFakeRedis } from './fake-redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());

describe('a real server', () => {
  afterEach(async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'appendonly', 'yes');
  });

  test('set up as we want it gives no finding', async () => {
    expect(await checkRedis(redis, Date.now())).toEqual([]);
  });

  test('each thing to change is named, with the remedy', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.config('SET', 'appendonly', 'no');
    const findings = await checkRedis(redis, Date.now() - 60_000);
    expect(findings.map(({ kind }) => kind)).toEqual(['eviction', 'persistence', 'clock']);
    const [eviction, persistence, clock] = findings.map(({ message }) => message);
    expect(eviction).toMatch(/allkeys-lru.*set it to noeviction/);
    expect(persistence).toMatch(/set it to yes/);
    expect(clock).toMatch(/differ by (?:59|60)\d{3} ms/);
  });

  test('both ends warn about it at their start', async () => {
    await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');
    const lines: string[] = [];
    const logger = createLogger({ write: (line) => lines.push(line) });
    await using producer = createProducer({ redisUrl: url, prefix: 'check', logger });
    await producer.send(testMail);
    await producer.send(testMail);
    const warnings = (): readonly string[] =>
      lines.filter((line) => line.includes('"kind":"eviction"'));
    expect(warnings()).toHaveLength(1);
    const relay = { host: '127.0.0.1', port: 1 };
    const worker = await createWorker(workerOptions(url, relay, { prefix: 'other', logger }));
    await worker.close();
    expect(warnings()).toHaveLength(2);
  });
});

describe('a server that is not as ours', () => {
  async function check(replies: Readonly<Record<string, string>>) {
    const server = await startFakeRedis(replies);
    const client = new Redis(server.url, { enableReadyCheck: false, disableClientInfo: true });
    try {
      return await checkRedis(client, 1_000_000);
    } finally {
      client.disconnect();
      await server.stop();
    }
  }
  const time = list('1000', '0');
  const info = (version: string): string => bulk(`# Server\r\nredis_version:${version}\r\n`);

  test.each(['5.0.14', '6.0.20', '2.8', '6.1.9'])('version %s is refused', async (version) => {
    await expect(check({ INFO: info(version), TIME: time })).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringMatching(/needs 6\.2 or newer; upgrade/),
    });
  });

  test.each(['6.2.0', '7.4.1', '8.0.0', '10.0.0'])('version %s will do', async (version) => {
    const config = list('any', 'noeviction');
    expect(await check({ INFO: info(version), TIME: time, CONFIG: config })).toEqual([]);
  });

  test.each([
    "-ERR unknown command 'CONFIG'",
    '-NOPERM this user has no permissions to run the config command',
  ])('one that does not tell its settings (%s) gives a warning', async (answer) => {
    const findings = await check({ INFO: info('7.2.0'), TIME: time, CONFIG: answer });
    expect(findings.map(({ kind }) => kind)).toEqual(['unreadable']);
  });

  test('an old one is refused by the producer too, and by each call', async () => {
    const server = await startFakeRedis({ INFO: info('5.0.14'), TIME: time, CLIENT: '+OK' });
    atEnd(async () => server.stop());
    await using producer = createProducer({ redisUrl: server.url });
    const refused = { code: 'REDIS_UNSUITABLE' };
    await expect(producer.send(testMail)).rejects.toMatchObject(refused);
    await expect(producer.send(testMail)).rejects.toMatchObject(refused);
  });
});
