import { createPublicKey } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readMadeDkimKey, readOrMakeKeys } from '../../src/config/made-keys.ts';
import { requireBuild } from '../support/built.ts';
import type { ProgramEnd } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { previewZone } from './preview-zone.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

/** A folder with a zone file and, like a real installation, with a key. */
const cwd = temporaryFolder();
let zone: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await requireBuild();
  await readOrMakeKeys(join(cwd, '.onbehalf'));
  const { privateKey = '' } = readMadeDkimKey(join(cwd, '.onbehalf'));
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  zone = previewZone(der.toString('base64'));
  writeFileSync(join(cwd, 'zone.json'), JSON.stringify(zone));
});

interface PreviewLine {
  readonly mode: string;
  readonly why: readonly { readonly row: number; readonly fact: string }[];
  readonly envelope: { readonly mailFrom: string; readonly rcptTo: readonly string[] };
  readonly message: string;
  readonly expected: { readonly spf: string; readonly dkim: string; readonly dmarc: string };
  readonly views: readonly {
    readonly client: string;
    readonly shows: string;
    readonly via: string | null;
    readonly onBehalfOf: string | null;
    readonly confidence: string;
  }[];
  readonly requirements: readonly {
    readonly provider: string;
    readonly rule: string;
    readonly ok: boolean;
  }[];
}

async function preview(domain: string, ...more: readonly string[]): Promise<ProgramEnd> {
  const args = ['preview', '--from', `Jane Doe <jane@${domain}>`, '--subject', 'Your quote'];
  const body = more.includes('--eml') ? [] : ['--text', 'Hello Bob'];
  const to = ['--to', 'Bob <bob@dest.example>', '--zone', 'zone.json'];
  // Nothing listens there: a preview needs no Redis.
  const environment = { REDIS_URL: 'redis://127.0.0.1:1' };
  return onbehalf([...args, ...body, ...to, ...more], { cwd, environment });
}

async function previewJson(domain: string, ...more: readonly string[]): Promise<PreviewLine> {
  const end = await preview(domain, ...more, '--json');
  if (end.exitCode !== 0) throw new Error(end.stdout + end.stderr);
  const lines = jsonLines(end.stdout);
  expect(lines).toHaveLength(1);
  return lines[0] as unknown as PreviewLine;
}

describe('--json', () => {
  test('a template is shown filled, for its one recipient', async () => {
    const template = ['--subject', 'For {{ name }}', '--html', '<p>{{ name }}</p>'];
    const values = ['--variables', '{"name": "B&B", "price": 80}'];
    const { message } = await previewJson('none.example', ...template, ...values);
    expect(message).toMatch(/^To: Bob <bob@dest\.example>\r$/m);
    expect(message).toMatch(/^Subject: For B&B\r$/m);
    expect(message).toContain('<p>B&amp;B</p>');
    writeFileSync(join(cwd, 'values.json'), '{"name": "Ann"}');
    const file = await previewJson('none.example', ...template, '--variables-file', 'values.json');
    expect(file.message).toMatch(/^Subject: For Ann\r$/m);
  });

  test('has the promised keys in their order, and the bytes of a whole message', async () => {
    const line = await previewJson('none.example');
    expect(Object.keys(line)).toEqual(
      'mode why envelope message expected views requirements'.split(' '),
    );
    expect(Object.keys(line.why[0] ?? {})).toEqual(['row', 'fact']);
    expect(Object.keys(line.envelope)).toEqual(['mailFrom', 'rcptTo']);
    expect(Object.keys(line.expected)).toEqual(['spf', 'dkim', 'dmarc']);
    expect(line.views.map((view) => Object.keys(view).join(' '))).toEqual(
      Array.from({ length: 6 }, () => 'client shows via onBehalfOf confidence'),
    );
    expect(Object.keys(line.requirements[0] ?? {})).toEqual(['provider', 'rule', 'ok']);
    expect(line.message).toMatch(/^DKIM-Signature: [^]+\r\n\r\nHello Bob\r\n$/);
    expect(line.message).toMatch(/^[\t\r\n\x20-\x7e]+$/);
  });

  // Every mode is judged in preview-message.test.ts; here that options reach it.
  test.each<readonly [string, readonly string[], number, string]>([
    ['full.example', ['--kind', 'bulk'], 3, 'aligned'],
    ['none.example', ['--no-opt-in'], 9, 'rewritten'],
    ['none.example', ['--mode', 'rewritten'], 11, 'rewritten'],
    ['bound.example', ['--tenant', 'acme'], 4, 'aligned'],
  ])('%s %j', async (domain, more, row, mode) => {
    const line = await previewJson(domain, ...more);
    expect([line.why[0]?.row, line.mode]).toEqual([row, mode]);
  });

  test('direct: through her own mailbox, without a trace of us', async () => {
    const line = await previewJson('gmail.com', '--connected');
    expect(line).toMatchObject({ mode: 'direct', envelope: { mailFrom: 'jane@gmail.com' } });
    expect(line.why[0]?.row).toBe(2);
    expect(line.message).not.toMatch(/crm|onbehalf/i);
    expect(line.expected).toEqual({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });
  });

  test('recipients that no header names are in the envelope alone', async () => {
    const line = await previewJson(
      'plain.example',
      '--cc',
      'cy@dest.example',
      '--bcc',
      'secret-eve@dest.example',
    );
    expect(line.envelope.rcptTo).toEqual([
      'bob@dest.example',
      'cy@dest.example',
      'secret-eve@dest.example',
    ]);
    expect(line.message).not.toContain('secret-eve');
    expect(line.message).toContain('Cc: cy@dest.example\r\n');
  });

  test('the records that domain check names make the next preview aligned', async () => {
    const checked = await onbehalf(
      ['domain', 'check', 'reject.example', '--zone', 'zone.json', '--json'],
      { cwd },
    );
    const records = jsonLines(checked.stdout)[0]?.['records'] as readonly {
      readonly name: string;
      readonly type: string;
      readonly value: string;
    }[];
    const added = records.map(({ name, type, value }) => [
      name,
      { [type]: [type === 'TXT' ? [value] : value] },
    ]);
    writeFileSync(
      join(cwd, 'mended.json'),
      JSON.stringify({ ...zone, ...Object.fromEntries(added) }),
    );
    const line = await previewJson('reject.example', '--zone', 'mended.json');
    expect([line.mode, line.why[0]?.row, line.expected.dmarc]).toEqual(['aligned', 3, 'pass']);
  });
});

test('--eml takes the content of a mail file, also from standard input', async () => {
  const mail = ['--from', 'jane@plain.example', '--to', 'bob@dest.example'];
  const { stdout } = await onbehalf(
    ['preview', ...mail, '--eml', '-', '--zone', 'zone.json', '--json'],
    { cwd, input: 'Subject: Chairs\r\nX-Own: x\r\n\r\nForty of them\r\n' },
  );
  const { message } = jsonLines(stdout)[0] as unknown as PreviewLine;
  expect(message).toContain('Subject: Chairs\r\n');
  expect(message).toMatch(/\r\n\r\nForty of them\r\n$/);
  expect(message).not.toContain('X-Own');
});

describe('the view for people', () => {
  test('tells all of it, fits 80 columns and has no colours in a pipe', async () => {
    const { stdout, stderr, exitCode } = await preview('none.example');
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const part of [
      'Mode on-behalf (row 10 of the decision table)',
      'What bob@dest.example sees',
      'Gmail           ● Jane Doe <jane@none.example> via crm.example',
      'Outlook desktop ◐ mailer@crm.example on behalf of Jane Doe <jane@none.example>',
      'Thunderbird     ● Jane Doe <jane@none.example>',
      'An answer goes to Jane Doe <jane@none.example>',
      'mailed-by         bounce.crm.example',
      'DMARC   fail  neither is of none.example, but its record asks for nothing',
      '✘ bulk senders: From aligned with SPF or DKIM',
      'RCPT TO:<bob@dest.example>',
      'Sender: ',
      'onbehalf domain check none.example',
    ]) {
      expect(stdout.replace(/\n +/g, ' ')).toContain(part.replace(/\n +/g, ' '));
    }
    expect(stdout).not.toContain('\u001b');
    const [view = '', mail = ''] = stdout.split('The mail itself');
    expect(view.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(mail).toMatch(/\nNothing was sent\.\n$/);
  });

  test('says so when DNS does not answer', async () => {
    const { stdout } = await preview('silent.example');
    expect(stdout).toMatch(/^DNS does not answer\. The mail would wait for up to an hour/);
  });

  test('says so when it had to make a key, and leaves none behind', async () => {
    const empty = temporaryFolder();
    const mail = ['--from', 'jane@acme.example', '--to', 'bob@dest.example', '--subject', ''];
    writeFileSync(join(empty, 'zone.json'), '{}');
    const { exitCode, stderr } = await onbehalf(
      ['preview', ...mail, '--text', 'x', '--zone', 'zone.json'],
      { cwd: empty },
    );
    expect([exitCode, stderr.trim()]).toEqual([
      0,
      'Signed with a key made for this preview: there is none of this installation.',
    ]);
    expect(readdirSync(empty)).toEqual(['zone.json']);
  });
});

describe('what cannot be', () => {
  test('a mode that would be refused: the reason and the better mode', async () => {
    const asked = ['--mode', 'on-behalf', '--json'];
    const { exitCode, stdout, stderr } = await preview('reject.example', ...asked);
    expect(exitCode).toBe(1);
    const [line] = jsonLines(stdout);
    expect(line?.['error']).toMatchObject({ code: 'MODE_CANNOT_PASS' });
    expect(stderr).toContain('mode on-behalf cannot pass: reject.example asks receivers to reject');
    expect(stderr).toContain('Mode rewritten can.');
  });

  test.each<readonly [string, readonly string[], string]>([
    ['no such mode', ['--mode', 'masked'], 'mode: must be one of'],
    ['no such kind', ['--kind', 'many'], 'kind: must be one of'],
    ['a name with a line break', ['--cc', 'Eve\r\nBcc: x <eve@dest.example>'], 'cc[0]'],
    ['bodies twice', ['--eml', 'offer.eml', '--html', 'x'], '--eml: has bodies of its own'],
    ['no such mail file', ['--eml', 'missing.eml'], '--eml: ENOENT'],
    ['a file that is no mail', ['--eml', 'no-zone.json'], '--eml: is no mail'],
    ['no such zone', ['--zone', 'missing.json'], '--zone: '],
    ['no zone', ['--zone', 'no-zone.json'], 'TXT'],
  ])('%s is wrong usage', async (_name, more, said) => {
    writeFileSync(join(cwd, 'no-zone.json'), '{"acme.example": {"TXT": 7}}');
    const { exitCode, stderr } = await preview('plain.example', ...more);
    expect([exitCode, stderr.includes(said) ? said : stderr]).toEqual([2, said]);
  });

  test('a damaged key is one clear error', async () => {
    const damaged = temporaryFolder();
    mkdirSync(join(damaged, '.onbehalf', 'keys'), { recursive: true });
    writeFileSync(join(damaged, '.onbehalf', 'keys', 'dkim-onbehalf1.pem'), 'no key');
    const mail = ['--from', 'jane@acme.example', '--to', 'bob@dest.example', '--subject', 'x'];
    const { exitCode, stderr } = await onbehalf(['preview', ...mail, '--text', 'x'], {
      cwd: damaged,
    });
    expect([exitCode, stderr.split('\n').length]).toEqual([1, 2]);
    expect(stderr).toContain('DKIM');
  });
});
