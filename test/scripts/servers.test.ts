import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../support/temp-folder.ts';
import { askStep } from './run-node.ts';

/** A folder that holds programs which print one line, or fail. */
function programs(lines: Readonly<Record<string, string | undefined>>): string {
  const folder = temporaryFolder();
  for (const [name, line] of Object.entries(lines)) {
    const path = join(folder, 'bin', name);
    mkdirSync(dirname(path), { recursive: true });
    const body = line === undefined ? 'exit 3' : `echo '${line}'`;
    writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return join(folder, 'bin');
}

const goodRedis = 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64';
const goodDovecot = '2.3.19.1 (9b53102964)';
const dovecotParts = { '../lib/dovecot/imap': '', '../lib/dovecot/imap-login': '' };
const wholeDovecot = {
  dovecot: goodDovecot,
  ...dovecotParts,
  '../lib/dovecot/lmtp': '',
};

function gaps(folders: readonly string[]): Promise<unknown> {
  const call = `const answer = await step.surveyServers(${JSON.stringify(folders)});`;
  return askStep('setup/servers.mjs', call);
}

describe('looking for the servers', () => {
  test.each([
    ['Redis', { 'redis-server': goodRedis }],
    ['Valkey', { 'valkey-server': 'Valkey server v=8.0.1 sha=00000000:0 bits=64' }],
  ])('%s and a Dovecot with all its parts leave no gap', async (_name, redis) => {
    expect(await gaps([programs({ ...redis, ...wholeDovecot })])).toEqual([]);
  });

  test('with nothing there, both are asked for by their packages', async () => {
    expect(await gaps([programs({})])).toEqual([
      expect.objectContaining({ packages: ['redis-server'] }),
      expect.objectContaining({ packages: ['dovecot-imapd', 'dovecot-lmtpd'] }),
    ]);
  });

  test('a program that fails is passed over, and the next folder counts', async () => {
    const broken = programs({ 'redis-server': undefined, dovecot: undefined });
    const good = programs({ 'redis-server': goodRedis, ...wholeDovecot });
    expect(await gaps([broken])).toHaveLength(2);
    expect(await gaps([broken, good])).toEqual([]);
  });

  test('a Redis too old is named, and no package is to replace it', async () => {
    const old = programs({ 'redis-server': 'Redis server v=6.0.16 sha=0', ...wholeDovecot });
    expect(await gaps([old])).toEqual([
      {
        wanted: 'redis-server or valkey-server, version 6.2 or newer',
        packages: [],
        found: `${old}/redis-server is version 6.0.16`,
      },
    ]);
  });

  test('a Dovecot that speaks another configuration is named, and none is to replace it', async () => {
    const folder = programs({
      'redis-server': goodRedis,
      ...wholeDovecot,
      dovecot: '2.4.1 (abcdef)',
    });
    expect(await gaps([folder])).toEqual([
      expect.objectContaining({ packages: [], found: expect.stringContaining('2.4.1') }),
    ]);
  });

  test('a Dovecot without LMTP lacks one package', async () => {
    const folder = programs({ 'redis-server': goodRedis, dovecot: goodDovecot, ...dovecotParts });
    expect(await gaps([folder])).toEqual([
      expect.objectContaining({ packages: ['dovecot-lmtpd'] }),
    ]);
  });
});

describe('when packages are missing', () => {
  const missing = [
    { wanted: 'Redis in some version', packages: ['redis-server'] },
    { wanted: 'Dovecot with parts', packages: ['dovecot-imapd', 'dovecot-lmtpd'] },
  ];

  test.each([
    [
      'no apt',
      { kind: 'no-apt' },
      'Set-up finds no apt-get here: please install Redis in some version; and Dovecot with parts; and make ' +
        '(to compile better-sqlite3), then start again.',
    ],
    [
      'no root and no sudo',
      { kind: 'no-rights', sudo: false },
      'Set-up may not install the Debian packages it needs (redis-server, dovecot-imapd, dovecot-lmtpd and ' +
        'make): please run `apt-get install -y --no-install-recommends redis-server dovecot-imapd dovecot-lmtpd ' +
        'make` as root, then start again.',
    ],
    ['root', { kind: 'root' }, 'no objection'],
  ])('with %s one sentence says what to do', async (_name, installer, sentence) => {
    const call = `let answer = 'no objection';
      try {
        step.requireInstallable(${JSON.stringify(installer)}, ${JSON.stringify(missing)}, ['make']);
      } catch (error) {
        answer = error.message;
      }`;
    expect(await askStep('setup/system-packages.mjs', call)).toBe(sentence);
  });

  test('without apt-get on PATH there is no installer', async () => {
    const call = 'const answer = await step.surveyInstaller();';
    expect(await askStep('setup/system-packages.mjs', call, { PATH: programs({}) })).toEqual({
      kind: 'no-apt',
    });
  });
});

test('a compiler tool that does not do its work is passed over', async () => {
  const broken = programs({ python3: undefined, make: undefined });
  const good = programs({ python3: '', gcc: '' });
  const call = `const answer = await step.surveyCompilers(${JSON.stringify([broken, good])});`;
  const none = { npm_config_python: '', PYTHON: '', MAKE: '', CC: '', CXX: '' };
  expect(await askStep('setup/compilers.mjs', call, none)).toEqual({
    missing: ['make', 'g++'],
    environment: {
      npm_config_python: `${good}/python3`,
      PYTHON: `${good}/python3`,
      CC: `${good}/gcc`,
    },
  });
});
