import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { readWaitNote } from '../../src/queue/wait-notes.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

const cwd = temporaryFolder();
const starter = { sendsMax: 1, perMs: 20_000 };
const limits = [{ name: 'starter', windows: [starter], per: ['provider'] }];
let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  await requireBuild();
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  atEnd(() => redis.disconnect());
  const routes = [{ name: 'main', host: '127.0.0.1', limits }];
  writeFileSync(join(cwd, 'onbehalf.config.json'), JSON.stringify({ routes }));
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

async function putOff({ keys, producer }: SendWorld) {
  const { sends } = await producer.send(testMail);
  const sendId = sends[0]?.sendId;
  if (sendId === undefined) throw new Error('no send');
  const note = await eventually(async () => readWaitNote(redis, keys, sendId), {
    what: 'it is put off',
  });
  return { sendId, note };
}

describe('limit', () => {
  test('list, set and clear', async () => {
    const { run, json } = cli('limits');
    const configured = { windows: [starter] };
    expect(await json('limit', 'list')).toEqual({
      exitCode: 0,
      lines: [{ name: 'main.starter', per: ['provider'], configured, inForce: configured }],
    });
    const end = await run(
      'limit',
      'set',
      'main.starter',
      '--window',
      '50/1s',
      '--window',
      '20000/d',
    );
    expect(end).toMatchObject({
      exitCode: 0,
      stdout: 'main.starter  50 per 1 s, 20000 per 1 d\n',
    });
    const windows = [
      { sendsMax: 50, perMs: 1_000 },
      { sendsMax: 20_000, perMs: 86_400_000 },
    ];
    // What is not named stays as it was set.
    expect((await json('limit', 'set', 'main.starter', '--at-once', '5')).lines).toEqual([
      {
        name: 'main.starter',
        override: { windows, openMax: 5 },
        inForce: { windows, openMax: 5 },
      },
    ]);
    expect((await run('limit', 'list')).stdout).toBe(
      'main.starter  50 per 1 s, 20000 per 1 d, 5 at once for each provider (set; configured: 1 per 20 s)\n',
    );
    await json('limit', 'set', 'main.starter', '--at-once', 'none', '--window', 'none');
    expect((await run('limit', 'list')).stdout).toMatch(/^main\.starter {2}no limit for each/);
    expect((await json('limit', 'clear', 'main.starter')).lines).toEqual([
      { name: 'main.starter', wasSet: true, inForce: configured },
    ]);
    expect((await json('limit', 'list')).lines).toMatchObject([{ inForce: configured }]);
    expect((await run('limit', 'clear', 'main.starter')).stdout).toContain('(nothing was set)');
  });

  test('a name that is not configured is a slip, unless it is said not to be', async () => {
    const { run, json } = cli('names');
    const slip = await run('limit', 'set', 'main.startr', '--at-once', '5');
    expect([slip.exitCode, slip.stderr]).toEqual([2, expect.stringContaining('main.startr')]);
    expect((await run('limit', 'clear', 'main.startr')).exitCode).toBe(2);
    const set = await run('limit', 'set', 'library', '--window', '9/1min', '--any-name');
    expect(set.exitCode).toBe(0);
    expect((await json('limit', 'list')).lines[1]).toMatchObject({
      name: 'library',
      override: { windows: [{ sendsMax: 9, perMs: 60_000 }] },
    });
    expect((await run('limit', 'clear', 'library')).exitCode).toBe(0);
  });

  test.each([
    [['--window', '0/1s']],
    [['--window', '50']],
    [['--window', '50/1ms']],
    [['--window', '50/32d']],
    [['--window', 'none', '--window', '50/1s']],
    [['--at-once', '0']],
    [['--at-once', '1.5']],
    [[]],
  ])('refuses %j', async (args) => {
    const { run } = cli('refused');
    const end = await run('limit', 'set', 'main.starter', ...args);
    expect([end.exitCode, end.stdout]).toEqual([2, '']);
    expect(end.stderr).toMatch(/--window|--at-once/);
  });

  test('says when what was set cannot be read', async () => {
    const { run } = cli('unreadable');
    await redis.hset(`${keyNames('unreadable').limits}:override`, 'main.starter', '{"windows":5}');
    expect((await run('limit', 'list')).stdout).toContain('(what was set cannot be read)');
  });

  test('a worker that runs obeys', async () => {
    // An hour: however slow the command is, what is put off does not come due meanwhile.
    const window = { sendsMax: 1, perMs: 3_600_000 };
    const route = { name: 'main', limits: [{ name: 'starter', windows: [window] }] };
    const world = await startSendWorld(server.url, {}, {}, route);
    await world.producer.send(testMail);
    await world.log.waitForState('accepted');
    expect((await putOff(world)).note.cause).toBe('limit');
    await cli(world.prefix).json('limit', 'set', 'main.starter', '--window', 'none');
    const { sends } = await world.producer.send(testMail);
    const events = await world.log.waitForState('accepted', 2);
    expect(events[1]?.sendId).toBe(sends[0]?.sendId);
  });
});

describe('slowdown', () => {
  test('list shows how far it is, end brings back what waits', async () => {
    const refusal = '451 4.7.28 Too many messages, try again in 30 minutes';
    const world = await startSendWorld(server.url, {
      script: (connection) =>
        connection === 1 ? { replies: { rcpt: refusal }, untilMail: 1 } : {},
    });
    const { run, json } = cli(world.prefix);
    expect((await run('slowdown', 'list')).stdout).toBe('Nothing is slowed down.\n');
    await world.producer.send(testMail);
    await world.log.waitForState('waiting');
    const waiting = [await putOff(world), await putOff(world)];
    expect(waiting.map(({ note }) => note.cause)).toEqual(['slow-down', 'slow-down']);
    const [
      {
        lines: [slowed],
      },
    ] = [await json('slowdown', 'list')];
    expect(slowed).toMatchObject({ openMax: 0, strikes: 0 });
    const key = String(slowed?.['key']);
    expect((await run('slowdown', 'list')).stdout).toMatch(
      / {2}stands still until .* \(in 30 min\)/,
    );
    expect(await json('slowdown', 'end', key)).toEqual({
      exitCode: 0,
      lines: [{ key, ended: true, woken: 2 }],
    });
    const accepted = await world.log.waitForState('accepted', 2);
    expect(new Set(accepted.map(({ sendId }) => sendId))).toEqual(
      new Set(waiting.map(({ sendId }) => sendId)),
    );
    expect(accepted.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await json('slowdown', 'end', key)).toMatchObject({
      exitCode: 1,
      lines: [{ ended: false, woken: 0 }],
    });
  });

  test('end --all, and what is on its way back', async () => {
    const { run, json } = cli('slow');
    const state = createLimitState(redis, keyNames('slow'));
    await state.slowDown('route/main', { pauseMs: 1, stepMs: 60_000, stepCount: 10 });
    await state.slowDown('provider/main/gmail', { pauseMs: 60_000, stepMs: 1_000, stepCount: 3 });
    const { stdout } = await run('slowdown', 'list');
    expect(stdout).toMatch(/^route\/main {2}1 of 10 at once, as before at /m);
    expect((await json('slowdown', 'end', '--all')).lines).toMatchObject([
      { ended: true },
      { ended: true },
    ]);
    expect((await json('slowdown', 'list')).lines).toEqual([]);
    expect(await run('slowdown', 'end', '--all')).toMatchObject({ exitCode: 0, stdout: '' });
    expect((await run('slowdown', 'end')).exitCode).toBe(2);
  });
});
