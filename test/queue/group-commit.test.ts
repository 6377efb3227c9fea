import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { groupCommit } from '../../src/queue/group-commit.ts';
import { corkWrites } from '../../src/queue/corked-writes.ts';
import { defineScript, runScript } from '../../src/queue/script.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let server: TestRedis;
let redis: Redis;
let plain: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  plain = new Redis(server.url, { maxRetriesPerRequest: null });
  for (const each of [redis, plain]) {
    each.on('error', () => undefined);
    atEnd(() => each.disconnect());
  }
  groupCommit(redis, { callsMax: 10 });
});

/** Counts in a hash of its own, and says what it was given. */
const count = defineScript(`
if ARGV[2] == 'fail' then
  redis.call('SET', KEYS[2], 'before')
  redis.call('HINCRBY', KEYS[2], 'field', 1)
end
return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2], #KEYS, #ARGV}
`);
const nothing = defineScript(`return redis.call('GET', KEYS[1])`);

async function evalCalls(): Promise<number> {
  const text = await plain.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(text)?.[1] ?? 0);
}

describe('group commit', () => {
  test('gives each caller the answer of its own call, with its own keys and values', async () => {
    const answers = await Promise.all(
      Array.from({ length: 57 }, (_, index) =>
        runScript(redis, count, [`a:${index}`], [index, `text ${index}`]),
      ),
    );
    expect(answers).toEqual(
      Array.from({ length: 57 }, (_, index) => [index, `text ${index}`, 1, 2]),
    );
  });

  test('57 calls need 6 commands', async () => {
    const before = await evalCalls();
    await Promise.all(
      Array.from({ length: 57 }, (_, index) => runScript(redis, count, [`b:${index}`], [1, ''])),
    );
    expect((await evalCalls()) - before).toBe(6);
  });

  test('calls of different shapes in one turn each get their own keys and values', async () => {
    const tell = defineScript(`return { KEYS, ARGV }`);
    const calls: readonly (readonly [string[], (string | number)[]])[] = [
      [
        ['s:same', 's:1'],
        ['same', 1, ''],
      ],
      [
        ['s:same', 's:2'],
        ['same', 2, ''],
      ],
      [['s:same'], []],
      [['s:same', 's:3', 's:4'], ['other']],
      [[], ['same', 3, '']],
      [
        ['s:same', 's:1'],
        ['same', 1, 'more'],
      ],
    ];
    const answers = await Promise.all(
      calls.map(async ([keys, values]) => runScript(redis, tell, keys, values)),
    );
    expect(answers).toEqual(calls.map(([keys, values]) => [keys, values.map(String)]));
  });

  test('what all calls have in common travels once', async () => {
    const common = 'x'.repeat(10_000);
    const length = defineScript(`return #ARGV[1]`);
    const received = async (): Promise<number> =>
      Number(/total_net_input_bytes:(\d+)/.exec(await plain.info('stats'))?.[1]);
    await runScript(redis, length, ['t'], ['']);
    const before = await received();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => runScript(redis, length, ['t'], [common])),
    );
    expect(answers).toEqual(Array.from({ length: 10 }, () => 10_000));
    expect((await received()) - before).toBeLessThan(20_000);
  });

  test('a call that fails does not touch its neighbours, and fails with the text of Redis', async () => {
    const calls = await Promise.allSettled([
      runScript(redis, count, ['c:1', 'c:other1'], [1, 'fine']),
      runScript(redis, count, ['c:2', 'c:other2'], [1, 'fail']),
      runScript(redis, count, ['c:3', 'c:other3'], [1, 'fine']),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [, failed] = calls;
    expect(String(failed.status === 'rejected' ? failed.reason : '')).toContain('WRONGTYPE');
    expect(await plain.mget('c:1', 'c:2', 'c:3')).toEqual(['1', null, '1']);
  });

  test('nil in the middle does not end the group', async () => {
    await plain.set('d:2', 'there');
    const answers = await Promise.all(
      ['d:1', 'd:2', 'd:3'].map(async (key) => runScript(redis, nothing, [key], [])),
    );
    expect(answers).toEqual([null, 'there', null]);
  });

  test('bytes go in as they are', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 0xc3, 0x28, 42]);
    const store = defineScript(`redis.call('SET', KEYS[1], ARGV[1]) return #ARGV[1]`);
    const answers = await Promise.all([
      runScript(redis, store, ['e:1'], [bytes]),
      runScript(redis, store, ['e:2'], [bytes]),
    ]);
    expect(answers).toEqual([7, 7]);
    expect(await plain.getBuffer('e:2')).toEqual(bytes);
  });

  test('a script that Redis has forgotten is sent again', async () => {
    await runScript(redis, count, ['f'], [1, '']);
    await plain.script('FLUSH');
    expect(await runScript(redis, count, ['f'], [1, ''])).toEqual([2, '', 1, 2]);
  });

  test('memory that is full fails every call of the group, and none has written', async () => {
    await plain.config('SET', 'maxmemory', '1');
    try {
      const calls = await Promise.allSettled(
        ['g:1', 'g:2'].map(async (key) => runScript(redis, count, [key], [1, ''])),
      );
      for (const call of calls) {
        expect(String(call.status === 'rejected' ? call.reason : 'fulfilled')).toContain('OOM');
      }
    } finally {
      await plain.config('SET', 'maxmemory', '0');
    }
    expect(await plain.exists('g:1', 'g:2')).toBe(0);
  });

  test('calls made while Redis is away are answered when it is back', async () => {
    await server.stop();
    const calls = Promise.all(
      ['h:1', 'h:2', 'h:3'].map(async (key) => runScript(redis, count, [key], [1, ''])),
    );
    await server.start();
    expect(await calls).toEqual([
      [1, '', 1, 2],
      [1, '', 1, 2],
      [1, '', 1, 2],
    ]);
  });
});

describe('corked writes', () => {
  test('commands of one turn leave in one write, in order, also on a later connection', async () => {
    const corked = new Redis(server.url, { maxRetriesPerRequest: null });
    corked.on('error', () => undefined);
    atEnd(() => corked.disconnect());
    corkWrites(corked);
    await corked.set('k', '0');
    for (const start of [0, 100]) {
      const { stream } = corked as unknown as {
        readonly stream: { readonly bytesWritten: number; readonly writableCorked: number };
      };
      const before = stream.bytesWritten;
      const answers = Array.from({ length: 100 }, async () => corked.incr('k'));
      expect(stream.writableCorked).toBe(1);
      // Nothing left before the end of the turn.
      expect(answers).toHaveLength(100);
      expect(await Promise.all(answers)).toEqual(
        Array.from({ length: 100 }, (_, index) => start + index + 1),
      );
      expect(stream.writableCorked).toBe(0);
      expect(stream.bytesWritten).toBeGreaterThan(before);
      if (start > 0) break;
      const again = new Promise<void>((resolve) => corked.once('ready', () => resolve()));
      corked.disconnect(true);
      await again;
    }
  });
});
