import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dkimPublicKey } from '../../src/domains/dkim-key-record.ts';
import { readMadeDkimKey, readOrMakeKeys } from '../../src/config/made-keys.ts';
import { requireBuild } from '../support/built.ts';
import type { ProgramEnd } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

beforeAll(requireBuild);

const dmarc = (text: string) => ({ TXT: [[text]] });
const cname = (name: string) => ({ CNAME: [name] });

const zone = {
  '_dmarc.acme.example': dmarc('v=DMARC1; p=none'),
  '_dmarc.strict.example': dmarc('v=DMARC1; p=reject'),
  '_dmarc.verified.example': dmarc('v=DMARC1; p=reject'),
  'onbehalf1._domainkey.verified.example': cname('onbehalf1._domainkey.crm.example'),
  'em.verified.example': cname('bounce.crm.example'),
  '_onbehalf.verified.example': { TXT: [['tenant=acme']] },
  '_dmarc.silent.example': 'SERVFAIL',
  '_dmarc.gmail.com': dmarc('v=DMARC1; p=none; sp=quarantine'),
};

interface Report {
  readonly domain: string;
  readonly organisationalDomain: string;
  readonly freemail: boolean;
  readonly dmarc: { readonly kind: string };
  readonly verification: { readonly kind: string };
  readonly modes: Readonly<
    Record<string, { mode: string; row: number; why: readonly { row: number; fact: string }[] }>
  >;
  readonly records: readonly { name: string; type: string; value: string; why: string }[];
}

function folderWithZone(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'zone.json'), JSON.stringify(zone));
  return cwd;
}

async function check(cwd: string, ...args: readonly string[]): Promise<ProgramEnd> {
  return onbehalf(['domain', 'check', ...args, '--zone', 'zone.json'], { cwd });
}

async function reportOf(cwd: string, ...args: readonly string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await check(cwd, ...args, '--json');
  expect([exitCode, stderr]).toEqual([0, '']);
  const [report, ...more] = jsonLines(stdout);
  expect(more).toEqual([]);
  return report as unknown as Report;
}

function modesOf({ modes }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(modes).map(([kind, { mode, row }]) => [kind, `${mode} by row ${row}`]),
  );
}

describe('without Redis, database or configuration', () => {
  test('a domain with p=none: the classic format for single mail, and what to add', async () => {
    const cwd = folderWithZone();
    const report = await reportOf(cwd, 'Acme.example.');
    expect(Object.keys(report)).toEqual([
      'domain',
      'organisationalDomain',
      'freemail',
      'dmarc',
      'verification',
      'modes',
      'records',
    ]);
    expect(report).toMatchObject({
      domain: 'acme.example',
      organisationalDomain: 'acme.example',
      freemail: false,
      dmarc: { kind: 'published', policy: 'none' },
      verification: { kind: 'none' },
    });
    expect(modesOf(report)).toEqual({
      single: 'on-behalf by row 10',
      sequence: 'rewritten by row 9',
      bulk: 'rewritten by row 8',
    });
    expect(report.modes['single']?.why[0]?.fact).toContain('p=none');
    expect(report.records.map(({ name, type, value }) => [name, type, value])).toEqual([
      ['onbehalf1._domainkey.acme.example', 'CNAME', 'onbehalf1._domainkey.crm.example'],
      ['em.acme.example', 'CNAME', 'bounce.crm.example'],
    ]);
    expect(report.records.every(({ why }) => why.endsWith('.'))).toBe(true);
    expect(readdirSync(cwd)).toEqual(['zone.json']);
  });

  test.each([
    ['strict.example', 'rewritten by row 6'],
    ['silent.example', 'rewritten by row 7'],
    ['gmail.com', 'rewritten by row 5'],
  ])('%s: %s, whatever is sent', async (domain, mode) => {
    const report = await reportOf(folderWithZone(), domain);
    expect(modesOf(report)).toEqual({ single: mode, sequence: mode, bulk: mode });
  });

  test('a verified domain, for the tenant that it is bound to', async () => {
    const cwd = folderWithZone();
    const own = await reportOf(cwd, 'verified.example', '--tenant', 'acme');
    const aligned = 'aligned by row 3';
    expect(modesOf(own)).toEqual({ single: aligned, sequence: aligned, bulk: aligned });
    expect(own.records).toEqual([]);
    const other = await reportOf(cwd, 'verified.example', '--tenant', 'other');
    expect(modesOf(other)).toMatchObject({ single: 'rewritten by row 6' });
    expect(other.records).toMatchObject([{ type: 'TXT', value: 'tenant=other' }]);
  });

  test('for people: what is there, what follows, records to copy, and that no key is known', async () => {
    const { exitCode, stdout, stderr } = await check(folderWithZone(), 'acme.example');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^acme\.example\n/);
    expect(stdout).toMatch(/DMARC +none/);
    expect(stdout).toMatch(/single +on-behalf \(row 10\)/);
    expect(stdout).toContain(
      '\n  onbehalf1._domainkey.acme.example  CNAME  onbehalf1._domainkey.crm.example\n',
    );
    expect(stdout).toContain('no DKIM key of the provider here yet');
    expect(stdout).not.toContain('p=MI');
    const lines = stdout.split('\n').filter((line) => !line.includes('  CNAME  '));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(96);
  });

  test('to a public mailbox domain nothing can be added', async () => {
    const { stdout } = await check(folderWithZone(), 'gmail.com');
    expect(stdout).toContain('Nothing can be added');
    expect(stdout).not.toContain('CNAME');
  });
});

describe('with the keys of an installation', () => {
  test('the key is compared and offered as text; none is made', async () => {
    const cwd = folderWithZone();
    const stateDirectory = join(cwd, '.onbehalf');
    expect(readMadeDkimKey(stateDirectory)).toEqual({ selector: 'onbehalf1' });
    const { dkim } = await readOrMakeKeys(stateDirectory);
    const publicKey = dkimPublicKey(dkim.privateKey);
    const { stdout } = await check(cwd, 'acme.example');
    expect(stdout).toContain(
      `\n  onbehalf1._domainkey.acme.example  TXT  v=DKIM1; k=rsa; p=${publicKey}\n`,
    );
    expect(modesOf(await reportOf(cwd, 'verified.example', '--tenant', 'acme'))).toMatchObject({
      bulk: 'aligned by row 3',
    });
    const older = {
      ...zone,
      'onbehalf1._domainkey.crm.example': dmarc('v=DKIM1; p=AAAA'),
    };
    writeFileSync(join(cwd, 'zone.json'), JSON.stringify(older));
    const report = await reportOf(cwd, 'verified.example', '--tenant', 'acme');
    expect(JSON.stringify(report.verification)).toContain('is another DKIM key than ours');
  });

  test('the provider of the configuration, and its zone', async () => {
    const cwd = folderWithZone();
    mkdirSync(join(cwd, 'conf'));
    const settings = {
      provider: { domain: 'mail.example', bounceHost: 'b.mail.example', returnPathLabel: 'rp' },
      dns: { zoneFile: 'zone.json' },
    };
    writeFileSync(join(cwd, 'conf', 'own.json'), JSON.stringify(settings));
    const args = ['--config', 'conf/own.json', 'domain', 'check', 'acme.example', '--json'];
    const { exitCode, stdout } = await onbehalf(args, { cwd });
    expect(exitCode).toBe(0);
    const [report] = jsonLines(stdout) as unknown as readonly [Report];
    expect(report.records).toMatchObject([
      { name: 'onbehalf1._domainkey.acme.example', value: 'onbehalf1._domainkey.mail.example' },
      { name: 'rp.acme.example', value: 'b.mail.example' },
    ]);
  });
});

describe('what cannot be used', () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no domain', ['jane@acme.example'], /domain: must be a host name/],
    ['an empty tenant', ['acme.example', '--tenant', ''], /--tenant: is empty/],
  ];
  test.each(wrong)('%s: exit 2', async (_what, args, message) => {
    const { exitCode, stdout, stderr } = await check(folderWithZone(), ...args, '--json');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(jsonLines(stdout)).toMatchObject([{ error: { code: 'INVALID_INPUT' } }]);
  });

  test.each([
    ['{"acme.example": {"TXT": 1}, "b..example": {}}', /acme\.example TXT:[^]*b\.\.example:/],
    ['not JSON', /--zone: cannot be read as JSON/],
  ])('the zone %s: exit 2, all that is wrong', async (text, message) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'zone.json'), text);
    const { exitCode, stderr } = await check(cwd, 'acme.example');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('a zone file that is not there: exit 2', async () => {
    const { exitCode, stderr } = await check(temporaryFolder(), 'acme.example');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--zone')]);
  });
});
