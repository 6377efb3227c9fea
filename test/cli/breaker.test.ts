import { beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { defaultBreakerRule } from '../../src/queue/breaker-rule.ts';
import { countAttempts } from '../../src/queue/breakers.ts';
import { createSuppressionMirror } from '../../src/queue/suppression-mirror.ts';
import { readWaitNote } from '../../src/queue/wait-notes.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

const cwd = temporaryFolder();
let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  await requireBuild();
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  atEnd(() => redis.disconnect());
});

/** The command, for the installation of a prefix. */
function cli(prefix: string) {
  const environment = () => ({ REDIS_URL: server.url, ONBEHALF_REDIS_PREFIX: prefix });
  const run = async (...args: string[]) => onbehalf(args, { cwd, environment: environment() });
  return {
    run,
    json: async (...args: string[]) => {
      const end = await run(...args, '--json');
      return { exitCode: end.exitCode, lines: jsonLines(end.stdout) };
    },
  };
}

test('breaker list and reset, and what status and why say of one that has tripped', async () => {
  const world = await startSendWorld(server.url);
  const { keys } = world;
  const { run, json } = cli(world.prefix);
  const name = 'default/sender/jane@acme.example';
  expect((await run('breaker', 'list')).stdout).toBe('No breaker has tripped.\n');
  const counts = new Map([[name, { attempts: 250, accepted: 200, spamRefusals: 50 }]]);
  await countAttempts(redis, keys, counts, defaultBreakerRule);
  const { sends } = await world.producer.send(testMail);
  const sendId = sends[0]?.sendId;
  if (sendId === undefined) throw new Error('no send');
  await eventually(async () => readWaitNote(redis, keys, sendId), { what: 'it is put off' });

  const state = { name, cause: 'spam-refusals', count: 50, of: 250, since: expect.any(Number) };
  expect((await json('breaker', 'list')).lines).toEqual([state]);
  const text = `mail of ${name} is held: 50 refusals as spam of 250 attempts in 24 h (20.00 %)`;
  expect((await run('breaker', 'list')).stdout).toContain(text);
  expect((await json('status')).lines).toMatchObject([{ breakers: [state] }]);
  expect((await run('status')).stdout).toContain(text);
  const told = (await run('why', sendId)).stdout;
  expect(told).toContain(`${text}; onbehalf breaker reset lets it go`);
  expect((await json('why', sendId)).lines).toMatchObject([
    { state: 'waiting', hindrance: { kind: 'put-off', cause: 'breaker', text } },
  ]);

  expect((await run('breaker', 'reset')).exitCode).toBe(2);
  expect(await json('breaker', 'reset', '--all')).toEqual({
    exitCode: 0,
    lines: [{ name, reset: true, woken: 1 }],
  });
  await world.log.waitForState('accepted');
  expect(await json('breaker', 'reset', name)).toEqual({
    exitCode: 1,
    lines: [{ name, reset: false, woken: 0 }],
  });
});

test('send and why say of a suppressed recipient what holds', async () => {
  const world = await startSendWorld(server.url);
  const { run, json } = cli(world.prefix);
  const since = Date.UTC(2026, 10, 1);
  const scope = { kind: 'address', address: 'bob@dest.example' } as const;
  const mirror = createSuppressionMirror(redis, world.keys);
  await mirror.put([{ tenant: 'default', scope, reason: 'complaint', since }]);
  const mail = ['--from', 'jane@acme.example', '--subject', 'Hello', '--text', 'Hi'];
  const to = ['--to', 'bob@dest.example', '--to', 'ann@dest.example'];
  expect((await run('status')).stdout).toMatch(/^Listed {3}1 suppressed\b/m);
  const { stdout } = await run('send', ...mail, ...to);
  expect(stdout).toMatch(
    /^suppressed {2}bob@dest.example {2}\S+\n {2}nothing is sent: it is suppressed since 2026-11-01 .*: complaint\nenqueued {2}ann@dest.example/,
  );
  const [result] = (await json('send', ...mail, '--to', 'bob@dest.example')).lines;
  const { sends } = result as { readonly sends: readonly { readonly sendId: string }[] };
  expect(sends).toMatchObject([{ suppressed: { reason: 'complaint', since, of: 'address' } }]);
  const why = await json('why', sends[0]?.sendId ?? '');
  expect(why.lines).toMatchObject([{ state: 'suppressed', hindrance: { kind: 'ended' } }]);
});
