import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { EmailAddress } from '../../src/mail/address.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createSuppressionMirror } from '../../src/queue/suppression-mirror.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

let server: TestRedis;
let redis: Redis;
const prefix = 'list';
const keys = keyNames(prefix);
const cwd = temporaryFolder();
const bob = 'bob@client.example';

beforeAll(async () => {
  await requireBuild();
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  atEnd(() => redis.disconnect());
});

const runIn = async (folder: string, args: readonly string[], input?: string) =>
  onbehalf(['suppress', ...args], {
    cwd: folder,
    environment: { REDIS_URL: server.url, ONBEHALF_REDIS_PREFIX: prefix },
    ...(input === undefined ? {} : { input }),
  });
const run = async (...args: string[]) => runIn(cwd, args);
const json = async (...args: string[]) => {
  const end = await run(...args, '--json');
  return { exitCode: end.exitCode, lines: jsonLines(end.stdout) };
};
const isSuppressed = async (address: string) => {
  const mirror = createSuppressionMirror(redis, keys);
  const jane = 'jane@acme.example' as EmailAddress;
  return (await mirror.find('default', address as EmailAddress, jane)) !== undefined;
};

describe('suppress', () => {
  test('add, list, remove: workers know at once, and the audit tells who and why', async () => {
    const added = await json(
      'add',
      'Bob@Client.example',
      '--note',
      'asked',
      '--days',
      '30',
      '--by',
      'ann',
    );
    expect(added).toMatchObject({
      exitCode: 0,
      lines: [{ address: 'Bob@Client.example', result: 'added', mirrored: true }],
    });
    expect(await isSuppressed(bob)).toBe(true);
    const again = await run('add', bob, '--days', '3');
    expect(again.stdout).toBe(`${bob}  was suppressed already, for as long\n`);
    await run(
      'add',
      '--domain',
      'client.example',
      '--domain',
      'gone.example',
      '--reason',
      'complaint',
    );
    const listed = await json('list', 'BOB@client.example', '--audit');
    expect(listed.lines).toMatchObject([
      {
        scope: 'address',
        address: bob,
        reason: 'manual',
        source: 'ann',
        evidence: 'asked',
        audit: [{ action: 'added', by: 'ann' }],
      },
      { scope: 'domain', domain: 'client.example', reason: 'complaint' },
    ]);
    const removed = await run('remove', bob, '--note', 'new box', '--by', 'ann');
    expect(removed).toMatchObject({ exitCode: 0, stdout: `${bob}  removed\n` });
    expect((await json('remove', bob)).exitCode).toBe(1);
    await run('remove', '--domain', 'client.example');
    expect(await isSuppressed(bob)).toBe(false);
    const past = await json('list', bob, '--audit', '--past', '--scope', 'address');
    expect(past.lines).toMatchObject([
      {
        endedAt: expect.any(Number),
        audit: [{}, { action: 'removed', by: 'ann', why: 'new box' }],
      },
    ]);
    expect((await json('list', '--domain', 'gone.example')).lines).toHaveLength(1);
  });

  test('import tells bad lines and fails, export goes back in', async () => {
    const file = join(cwd, 'bounces.csv');
    writeFileSync(file, 'Email;Type\none@x.example;SpamComplaint\nbad\ntwo@x.example;Bounce\n');
    const people = await run('import', file, '--check');
    expect(people.exitCode).toBe(1);
    expect(people.stdout).toMatch(/^3 lines, 2 usable; nothing was changed\.\n1 cannot be used/);
    expect(people.stderr).toMatch(/^line 3: address: the address has no local part/m);
    const { exitCode, lines } = await json('import', file, '--by', 'ann');
    expect(exitCode).toBe(1);
    expect(lines).toMatchObject([
      { line: 3, problems: [{ field: 'address' }] },
      { rowCount: 3, added: 2, bad: 1, mirrored: true },
    ]);
    expect(await isSuppressed('two@x.example')).toBe(true);
    const { stdout } = await run('export', '--reason', 'complaint');
    expect(stdout).toMatch(
      /^tenant,scope,address,.*\ndefault,domain,.*\ndefault,address,one@x\.example/,
    );
    const saved = join(cwd, 'saved.csv');
    await run('export', saved);
    const elsewhere = temporaryFolder();
    expect((await runIn(elsewhere, ['import', '-'], readFileSync(saved, 'utf8'))).exitCode).toBe(0);
    expect((await runIn(elsewhere, ['export'])).stdout).toBe(readFileSync(saved, 'utf8'));
  });

  test('what is wrong is told at once, and nothing is done', async () => {
    const { exitCode, lines } = await json(
      'add',
      'x',
      '--domain',
      'y',
      '--days',
      'z',
      '--reason',
      'q',
    );
    expect(exitCode).toBe(2);
    expect(lines).toMatchObject([
      {
        error: {
          code: 'INVALID_INPUT',
          problems: [
            { field: 'address' },
            { field: 'reason' },
            { field: 'days' },
            { field: 'domain' },
          ],
        },
      },
    ]);
    expect((await run('add')).exitCode).toBe(2);
    expect((await run('list', '--scope', 'planet')).exitCode).toBe(2);
    expect((await run('import', 'not-there.csv')).stderr).toMatch(/not-there\.csv is not there/);
    expect((await run('import', '-', '--scope', 'pair')).exitCode).toBe(2);
  });

  test('without Redis the list changes all the same, and it is said that workers wait for it', async () => {
    const away = await onbehalf(['suppress', 'add', 'late@x.example'], {
      cwd,
      environment: { REDIS_URL: '/nowhere/redis.sock', ONBEHALF_REDIS_PREFIX: prefix },
    });
    expect(away.exitCode).toBe(0);
    expect(away.stderr).toMatch(
      /^Workers do not know yet: .*The history process will tell them\.$/m,
    );
    expect(await isSuppressed('late@x.example')).toBe(false);
    // Whoever comes next brings it too.
    await run('add', 'other@x.example');
    expect(await isSuppressed('late@x.example')).toBe(true);
  });
});
