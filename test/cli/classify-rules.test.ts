import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { listRules } from '../../src/bounces/bounce-classifier.ts';
import { requireBuild } from '../support/built.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

beforeAll(requireBuild);

const mill = {
  id: 'own.mill-closed',
  class: 'mailbox_inactive',
  why: 'Said of those who left.',
  phrases: ['windmill turns no more'],
  examples: ['550 5.7.1 The windmill turns no more for ever'],
};
const barn = {
  ...mill,
  id: 'own.barn-full',
  class: 'mailbox_full',
  phrases: ['windmill turns no more', 'barn is full'],
  examples: ['550 The windmill turns no more'],
};
const reply = '550 5.1.1 The windmill turns no more';
const bounce = [
  'From: MAILER-DAEMON@mx.acme.example',
  'Subject: Undelivered',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=edge',
  '',
  '--edge',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mx.acme.example',
  '',
  'Final-Recipient: rfc822; jo@acme.example',
  'Action: failed',
  'Status: 5.1.1',
  `Diagnostic-Code: smtp; ${reply}`,
  '--edge--',
  '',
].join('\r\n');

/** A folder with what is classified, and a configuration and files of rules as they are given. */
function folder(files: Readonly<Record<string, unknown>> = {}): string {
  const cwd = temporaryFolder();
  const inputs = {
    'bounce.eml': bounce,
    mails: 'bounce.eml\n',
    replies: `${JSON.stringify({ id: 1, reply })}\n`,
  };
  for (const [name, value] of Object.entries({ ...inputs, ...files })) {
    writeFileSync(join(cwd, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return cwd;
}

const config = 'onbehalf.config.json';

async function classify(cwd: string, ...args: readonly string[]) {
  const end = await onbehalf(['classify', ...args, '--json'], { cwd });
  return { ...end, lines: jsonLines(end.stdout) };
}

const decided = { class: mill.class, rule: mill.id };

describe('the rules of the configuration decide', () => {
  test.each([
    ['a reply', [reply], decided],
    ['a mail', ['bounce.eml'], { results: [decided] }],
    ['a list of mails', ['--mails', 'mails'], { results: [decided] }],
    ['a file of replies', ['--replies', 'replies'], { id: 1, ...decided }],
  ])('%s', async (_what, args, expected) => {
    const cwd = folder({ [config]: { bounces: { rulesFile: 'own.json' } }, 'own.json': [mill] });
    const { exitCode, stderr, lines } = await classify(cwd, ...args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(lines).toMatchObject([expected]);
  });

  test('one that cannot be used is told in a sentence, and ours decide', async () => {
    const bounces = { rules: [{ ...mill, class: 'nonsense' }] };
    const cwd = folder({ [config]: { bounces, log: { level: 'loud' } } });
    const { exitCode, stderr, lines } = await classify(cwd, reply);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^the configuration cannot be used \(.+, and 1 more\), so our own rules alone decide\n$/,
    );
    expect(lines).toMatchObject([{ class: 'user_unknown' }]);
  });
});

describe('--rules', () => {
  test('stand in place of those of the configuration, which is not read', async () => {
    const cwd = folder({ [config]: '{', 'other.json': [barn] });
    const { exitCode, stderr, lines } = await classify(cwd, reply, '--rules', 'other.json');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(lines).toMatchObject([{ class: 'mailbox_full', rule: 'own.barn-full' }]);
  });

  test.each([
    [
      [{ ...mill, class: 'no' }, 7],
      ['--rules, rule own.mill-closed', '--rules, rule number 2'],
    ],
    ['[', ['--rules']],
    [undefined, ['--rules']],
  ])('%j: exit 2 and every problem', async (rules, fields) => {
    const cwd = folder(rules === undefined ? {} : { 'other.json': rules });
    const { exitCode, lines } = await classify(cwd, reply, '--rules', 'other.json');
    const problems = fields.map((field) => expect.objectContaining({ field }));
    expect(exitCode).toBe(2);
    expect(lines).toEqual([
      { error: expect.objectContaining({ code: 'INVALID_INPUT', problems }) },
    ]);
  });
});

describe('--check-rules', () => {
  const ours = listRules().length;
  const inConfig = { [config]: { bounces: { rules: [mill], rulesFile: 'own.json' } } };
  const other = { ...mill, id: 'own.hay', phrases: ['hay'], examples: ['550 No hay'] };

  test.each<[string, Readonly<Record<string, unknown>>, readonly string[], number]>([
    ['without any configuration', {}, [], 0],
    ['of the configuration and its file', { ...inConfig, 'own.json': [other] }, [], 2],
    ['of a file alone', { [config]: '{', 'other.json': [other] }, ['other.json'], 1],
  ])('%s: how many are fine', async (_what, files, args, rules) => {
    const cwd = folder(files);
    const checked = await classify(cwd, '--check-rules', ...args);
    expect([checked.exitCode, checked.stderr]).toEqual([0, '']);
    expect(checked.lines).toEqual([{ rules, ours, problems: [] }]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, readonly string[], readonly object[]]>([
    [
      'rules that are none',
      { 'other.json': [{ ...mill, class: 'no', colour: 'red' }, 7] },
      ['other.json'],
      [
        { rule: mill.id, message: expect.stringMatching(/colour.*; class must be/) },
        { message: 'rule number 2: must be an object, not a number' },
      ],
    ],
    [
      'an example that another rule decides',
      { ...inConfig, 'own.json': [barn] },
      [],
      [{ rule: barn.id, message: expect.stringMatching(/^own\.mill-closed decides the example/) }],
    ],
    ['no file', {}, ['other.json'], [{ message: expect.stringMatching(/^other\.json cannot be/) }]],
    [
      'a configuration with other faults',
      { [config]: { log: { level: 'loud' } } },
      [],
      [{ message: expect.stringMatching(/^log\.level: /) }],
    ],
  ])('%s: every problem, and exit 1', async (_what, files, args, problems) => {
    const cwd = folder(files);
    const { exitCode, lines } = await classify(cwd, '--check-rules', ...args);
    expect(exitCode).toBe(1);
    expect(lines).toEqual([{ rules: 0, ours, problems }]);
  });

  test('for people', async () => {
    const cwd = folder({ 'fine.json': [mill], 'bad.json': [{ ...mill, colour: 'red' }] });
    const check = async (file: string) => onbehalf(['classify', '--check-rules', file], { cwd });
    const stdout = `Your rule is fine, and so are all ${ours} of ours.\n`;
    expect(await check('fine.json')).toMatchObject({ exitCode: 0, stdout });
    expect(await check('bad.json')).toMatchObject({
      exitCode: 1,
      stdout: 'own.mill-closed: there is no field "colour"\n',
    });
  });
});

test.each([
  ['to classify and to check', [reply, '--check-rules']],
  ['two files of rules', ['--rules', 'a', '--check-rules', 'b']],
  ['rules and nothing to classify', ['--rules', 'a']],
])('wrong usage: %s', async (_what, args) => {
  expect(await classify(folder(), ...args)).toMatchObject({
    exitCode: 2,
    lines: [{ error: { code: 'INVALID_INPUT', problems: [{ field: 'what' }] } }],
  });
});
