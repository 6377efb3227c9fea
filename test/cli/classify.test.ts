import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { requireBuild } from '../support/built.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

beforeAll(requireBuild);

const bounce = [
  'Return-Path: <>',
  'From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>',
  'To: b-token@bounce.crm.example',
  'Subject: Undelivered Mail Returned to Sender',
  'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=edge',
  '',
  '--edge',
  'Content-Type: text/plain',
  '',
  'Your mail could not be delivered to two people.',
  '--edge',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; mx.acme.example',
  '',
  'Final-Recipient: rfc822; jo@acme.example',
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 <jo@acme.example>: user unknown',
  '',
  'Final-Recipient: rfc822; max@acme.example',
  'Action: delayed',
  'Status: 4.2.2',
  'Diagnostic-Code: smtp; 452 4.2.2 The mailbox is over quota',
  '--edge--',
  '',
].join('\r\n');

const folder = (files: Readonly<Record<string, string>>): string => {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
};

describe('a reply', () => {
  test('is told in words, and why', async () => {
    const end = await onbehalf(['classify', '550 5.1.1 <jo@acme.example>: user unknown'], {
      cwd: folder({}),
    });
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(end.stdout).toMatch(/^There is no such address at the receiving domain\. /);
    expect(end.stdout).toContain('user_unknown, not delivered');
    expect(end.stdout).toContain('suppresses the address');
  });

  test('as one line of JSON, without quotes around its words', async () => {
    const words = ['452', '4.2.2', 'Mailbox', 'full'];
    const end = await onbehalf(['classify', ...words, '--json'], { cwd: folder({}) });
    expect(end.exitCode).toBe(0);
    const [line, ...more] = jsonLines(end.stdout);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      reply: '452 4.2.2 Mailbox full',
      class: 'mailbox_full',
      nature: 'transient',
      action: 'delayed',
      scope: 'recipient',
      retry: 'slow',
      suppress: false,
      evidence: { code: 452, enhancedCode: '4.2.2' },
    });
  });

  test('from standard input, of several lines', async () => {
    const input = '550-5.7.1 Mail of example.net\r\n550 5.7.1 does not pass its DMARC policy\r\n';
    const end = await onbehalf(['classify', '-', '--json'], { cwd: folder({}), input });
    expect(jsonLines(end.stdout)).toMatchObject([{ class: 'auth_failed', suppress: false }]);
  });

  test('no escape sequence of it reaches the terminal', async () => {
    const end = await onbehalf(['classify', '550 5.1.1 user \u001b[31munknown'], {
      cwd: folder({}),
    });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).not.toContain('\u001b');
  });
});

describe('mails', () => {
  test('each recipient of a file is told', async () => {
    const cwd = folder({ 'bounce.eml': bounce });
    const end = await onbehalf(['classify', 'bounce.eml'], { cwd });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).toContain('bounce.eml: a delivery status notification');
    expect(end.stdout).toMatch(/jo@acme\.example: There is no such address/);
    expect(end.stdout).toMatch(/max@acme\.example: The mailbox has no room/);
    expect(end.stdout).toContain('not delivered yet');
  });

  test('a list gives a line each, and one that cannot be read does not stop it', async () => {
    const cwd = folder({ 'a.eml': bounce, list: 'a.eml\r\nmissing.eml\r\n\r\na.eml\r\n' });
    const end = await onbehalf(['classify', '--mails', 'list', '--json'], { cwd });
    expect(end.exitCode).toBe(1);
    const lines = jsonLines(end.stdout);
    const results = [
      {
        recipient: 'jo@acme.example',
        class: 'user_unknown',
        action: 'failed',
        code: 550,
        enhancedCode: '5.1.1',
        suppress: true,
      },
      {
        recipient: 'max@acme.example',
        class: 'mailbox_full',
        action: 'delayed',
        code: 452,
        enhancedCode: '4.2.2',
        suppress: false,
      },
    ];
    expect(lines).toMatchObject([
      { file: 'a.eml', results },
      { file: 'missing.eml', error: { code: 'INVALID_INPUT' } },
      { file: 'a.eml', results },
    ]);
  });

  test('one from standard input', async () => {
    const end = await onbehalf(['classify', '-', '--json'], { cwd: folder({}), input: bounce });
    expect(jsonLines(end.stdout)).toMatchObject([{ file: '-', kind: 'dsn' }]);
  });
});

test('a file of replies gives a line each, and a broken line does not stop it', async () => {
  const replies = [
    '{"id":1,"reply":"550 5.1.1 no such user"}',
    '{"id":2}',
    'nonsense',
    '{"id":"d","reply":"421 4.7.0 Too many connections from your host"}',
  ].join('\n');
  const end = await onbehalf(['classify', '--replies', 'replies.jsonl', '--json'], {
    cwd: folder({ 'replies.jsonl': replies }),
  });
  expect(end.exitCode).toBe(1);
  expect(jsonLines(end.stdout)).toMatchObject([
    { id: 1, class: 'user_unknown', suppress: true, rule: expect.any(String) },
    { line: '{"id":2}', error: { code: 'INVALID_INPUT' } },
    { line: 'nonsense', error: { code: 'INVALID_INPUT' } },
    { id: 'd', class: 'rate_limited', suppress: false },
  ]);
});

test.each([
  ['nothing to classify', []],
  ['two ways at once', ['550 no', '--mails', 'list']],
  ['a file that is not there', ['bounces/missing.eml']],
  ['a list that is not there', ['--mails', 'missing']],
])('wrong usage: %s', async (_what, args) => {
  const end = await onbehalf(['classify', ...args], { cwd: folder({}) });
  expect(end).toMatchObject({ exitCode: 2, stdout: '' });
  expect(end.stderr).toContain('INVALID_INPUT');
});
