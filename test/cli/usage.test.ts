import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { requireBuild } from '../support/built.ts';
import type { ProgramEnd } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

const cwd = temporaryFolder();

beforeAll(requireBuild);

async function run(...args: readonly string[]): Promise<ProgramEnd> {
  return onbehalf(args, { cwd });
}

const verbs = [
  'demo',
  'up',
  'worker',
  'history',
  'send',
  'cancel',
  'status',
  'why',
  'held list',
  'held show',
  'held release',
  'held drop',
  'limit list',
  'limit set',
  'limit clear',
  'slowdown list',
  'slowdown end',
  'breaker list',
  'breaker reset',
  'suppress list',
  'suppress add',
  'suppress remove',
  'suppress import',
  'suppress export',
  'preview',
  'domain check',
  'sender add',
  'sender list',
  'timeline',
  'classify',
  'migrate',
  'doctor',
];

test('the help of the program names every verb', async () => {
  const { exitCode, stdout, stderr } = await run('--help');
  expect([exitCode, stderr]).toEqual([0, '']);
  const named = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[| +[A-Z]| +show| +display)/gm)];
  const expected = new Set(verbs.map((verb) => verb.split(' ')[0]));
  expect(new Set(named.map(([, verb]) => verb))).toEqual(expected.add('help'));
});

test.each(verbs)('%s: its help has an example and --json', async (verb) => {
  const { exitCode, stdout, stderr } = await run(...verb.split(' '), '--help');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Usage: onbehalf ${verb}`);
  expect(stdout).toContain('--json');
  const example = stdout.split('Example:\n')[1] ?? '';
  expect(example.trim()).toMatch(new RegExp(`(?:^|=\\S+ )onbehalf ${verb}`));
});

const mail = ['--from', 'jane@acme.example', '--subject', 'Hi', '--text', 'Hello'];

const to = [...mail, '--to', 'b@c.example'];

const wrongUsage: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['unknown verb', ['frobnicate'], /unknown command 'frobnicate'/],
  ['verb that is not of this group', ['sender', 'frobnicate'], /unknown command 'frobnicate'/],
  ['unknown option', ['migrate', '--fast'], /unknown option '--fast'/],
  ['missing option', ['send', '--subject', 'Hi'], /'--from <mailbox>' not specified/],
  ['missing argument', ['timeline'], /missing required argument 'address'/],
  ['no recipient', ['send', ...mail], /to: there is no recipient/],
  [
    'bad addresses, all of them',
    ['send', ...mail, '--to', 'bob', '--cc', 'a@b@c'],
    /to\[0\][^]*cc\[0\]/,
  ],
  ['bad kind', ['send', ...mail, '--to', 'b@c.example', '--kind', 'x'], /kind: must be one of/],
  ['bad time', ['send', ...mail, '--to', 'b@c.example', '--send-at', 'soon'], /sendAt/],
  [
    'bad field',
    ['send', ...mail, '--to', 'b@c.example', '--header', 'Bcc: x@y.example'],
    /headers/,
  ],
  [
    'absent file',
    ['send', ...mail, '--to', 'b@c.example', '--attach', 'none.pdf'],
    /--attach: ENOENT/,
  ],
  [
    'variables that are no JSON',
    ['send', ...to, '--variables', '{name}'],
    /--variables: is no JSON/,
  ],
  [
    'variables that are none',
    ['send', ...to, '--variables', '[1]'],
    /variables: must be an object/,
  ],
  [
    'an absent file of variables',
    ['send', ...to, '--variables-file', 'none'],
    /--variables-file: E/,
  ],
  [
    'a template that lacks a value, and one that cannot be read',
    ['preview', ...to, '--subject', '{{ a }}', '--html', '{{ a', '--variables', '{}'],
    /subject: uses a \(line 1\)[^]*html: line 1: output .* not closed/,
  ],
  [
    'a template for two',
    ['preview', ...to, '--cc', 'carol@c.example', '--variables', '{}'],
    /cc: must be left out/,
  ],
  ['bad sender', ['sender', 'add', 'jane', '--name', 'Jane\r\nX: y'], /address:[^]*--name:/],
  ['bad contact', ['timeline', 'bob', '--limit', '0'], /address:[^]*--limit:/],
  ['bad count', ['up', '--workers', 'many'], /--workers: must be a whole number/],
];

test.each(wrongUsage)(
  '%s: exit 2, what is wrong, and one line of JSON',
  async (_, args, message) => {
    const { exitCode, stdout, stderr } = await run(...args, '--json');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    const error = expect.objectContaining({ code: 'INVALID_INPUT' });
    expect(jsonLines(stdout)).toEqual([{ error }]);
  },
);

test('without --json what is wrong is told on standard error only', async () => {
  const { exitCode, stdout, stderr } = await run();
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Usage: onbehalf');
});

const needsRedis = [['send', ...mail, '--to', 'bob@dest.example'], ['worker']];

test.each(needsRedis)('%s without Redis: exit 1, and what to do', async (...args) => {
  const { exitCode, stdout, stderr } = await run(...args, '--json');
  expect(exitCode).toBe(1);
  expect(jsonLines(stdout)).toMatchObject([{ error: { code: 'REDIS_UNAVAILABLE' } }]);
  expect(stderr).toContain('run `onbehalf up` (it starts one) or set REDIS_URL');
});

test('a Redis that does not answer: exit 1, its place without the password', async () => {
  const environment = { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' };
  const args = ['send', ...mail, '--to', 'bob@dest.example'];
  const { exitCode, stdout, stderr } = await onbehalf(args, { cwd, environment });
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/Redis at redis:\/\/\*\*\*@127\.0\.0\.1:1 cannot be reached/);
  expect(stderr).not.toContain('hunter2');
});

test('verbs that only read make nothing', async () => {
  for (const args of [
    ['timeline', 'bob@dest.example'],
    ['sender', 'list'],
  ]) {
    const { exitCode, stderr } = await run(...args);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no history yet')]);
  }
  expect(readdirSync(cwd)).not.toContain('history.sqlite');
  expect(readdirSync(cwd)).not.toContain('.onbehalf');
});

test('a configuration that cannot be used: exit 1, every problem of file and environment', async () => {
  const folder = temporaryFolder();
  const settings = { relay: { port: 0, user: 'crm' }, log: { level: 'loud' }, colour: 'red' };
  writeFileSync(join(folder, 'onbehalf.config.json'), JSON.stringify(settings));
  const environment = { ONBEHALF_CONTENT_KEY: 'short', ONBEHALF_RELAY_HOST: 'relay.example' };
  const ended = await onbehalf(['doctor', '--json'], { cwd: folder, environment });
  const [{ error } = {}, ...more] = jsonLines(ended.stdout);
  expect([ended.exitCode, more]).toEqual([1, []]);
  const { code, problems } = error as { code: string; problems: readonly { field: string }[] };
  const fields = [
    'ONBEHALF_CONTENT_KEY',
    'ONBEHALF_RELAY_HOST',
    'log.level',
    'relay.password',
    'relay.port',
    'settings',
  ];
  expect([code, problems.map(({ field }) => field).sort()]).toEqual(['INVALID_CONFIG', fields]);
  for (const field of fields) expect(ended.stderr).toContain(`  ${field}: `);
});
