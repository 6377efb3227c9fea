import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import type { BadLine } from '../../../src/history/suppress/import-suppressions.ts';
import {
  openSuppressions,
  type SuppressionImport,
} from '../../../src/history/suppress/suppressions.ts';
import { testDatabase } from '../../support/history.ts';
import { auditOf, entriesOf } from './suppression-world.ts';

const now = Date.UTC(2026, 10, 23);

async function* bytesOf(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
}

const listOf = (database: HistoryDatabase) => openSuppressions(database, () => now);

const importing = async (
  database: HistoryDatabase,
  text: string | Uint8Array,
  request: Partial<SuppressionImport> = {},
) => {
  const bad: BadLine[] = [];
  const onBadLine = (line: BadLine) => void bad.push(line);
  const report = await listOf(database).importCsv(bytesOf(text), {
    by: 'ann',
    what: 'list.csv',
    onBadLine,
    ...request,
  });
  return { report, bad };
};

describe('files of other services', () => {
  const at = Date.UTC(2024, 0, 2, 3, 4, 5);
  test.each([
    [
      'SendGrid, bounces',
      'email,reason,status,created\nbob@x.example,"550 5.1.1, nobody here",5.1.1,1704164645\n',
      { reason: 'import', evidence: 'reason: 550 5.1.1, nobody here; status: 5.1.1' },
    ],
    [
      'Mailgun, bounces',
      'address,code,error,created_at\nbob@x.example,550,no such box,"Tue, 02 Jan 2024 03:04:05 UTC"\n',
      { reason: 'import', evidence: 'code: 550; error: no such box' },
    ],
    [
      'Amazon SES',
      'EmailAddress,Reason,LastUpdateTime\nbob@x.example,COMPLAINT,2024-01-02T03:04:05Z\n',
      { reason: 'complaint' },
    ],
    [
      'Postmark',
      'EmailAddress,SuppressionReason,Origin,CreatedAt\nbob@x.example,SpamComplaint,Recipient,2024-01-01T22:04:05-05:00\n',
      { reason: 'complaint' },
    ],
    [
      'Postmark, by hand',
      'EmailAddress,SuppressionReason,Origin,CreatedAt\nbob@x.example,ManualSuppression,Customer,2024-01-02 03:04:05\n',
      { reason: 'manual' },
    ],
    [
      'SparkPost',
      'recipient,type,source,description,created,updated\nbob@x.example,non_transactional,List Unsubscribe,"by link",2024-01-02T03:04:05.000Z,\n',
      { reason: 'unsubscribed' },
    ],
    [
      'Brevo',
      'EMAIL;BLOCKED_REASON;BLOCKED_DATE\nbob@x.example;hardBounce;2024-01-02 03:04:05\n',
      { reason: 'import', evidence: 'BLOCKED_REASON: hardBounce' },
    ],
    [
      'a class of ours',
      'email\treason\tcreated\nbob@x.example\tuser_unknown\t1704164645000\n',
      { reason: 'user_unknown' },
    ],
  ])('%s', async (_name, text, entry) => {
    const database = await testDatabase();
    const { report } = await importing(database, text);
    expect(report).toMatchObject({ rowCount: 1, added: 1, bad: 0, dateless: 0 });
    expect(entriesOf(database)).toMatchObject([
      { tenant: 'default', kind: 'address', addressKey: 'bob@x.example', createdAt: at, ...entry },
    ]);
    expect(auditOf(database)).toEqual([{ action: 'imported', actor: 'ann' }]);
  });

  test('a file that tells no reason gets the one that is given (Mailchimp)', async () => {
    const database = await testDatabase();
    const text =
      '"Email Address","First Name",UNSUB_TIME,UNSUB_REASON\nbob@x.example,Bob,"2024-01-02 03:04:05","NORMAL"\n';
    await importing(database, text, { reason: 'unsubscribed' });
    expect(entriesOf(database)).toMatchObject([{ reason: 'unsubscribed', createdAt: at }]);
  });

  test.each([
    ['nothing but addresses', 'Bob@X.example\neve@x.example\n'],
    ['CRLF, empty lines, no end of the last', 'email\r\n\r\nBob@X.example\r\n\r\neve@x.example'],
    ['CR only', 'email\rBob@X.example\reve@x.example\r'],
    ['a byte order mark', '\ufeffemail,name\nBob@X.example,Bob\neve@x.example,\n'],
    ['UTF-16', Buffer.from('\ufeffemail;name\nBob@X.example;Böb\neve@x.example;\n', 'utf16le')],
    [
      'quotes and line ends in cells',
      '"email","note"\n"Bob@X.example","a ""b""\nc"\n"eve@x.example",\n',
    ],
    ['addresses in another column, no header', '1,Bob,Bob@X.example,x\n2,Eve,eve@x.example,y\n'],
    ['lines of different lengths', 'id,email,x\n1,Bob@X.example\n2,eve@x.example,a,b,c\n'],
    [
      'the domain beside each address',
      'email,domain\nBob@X.example,x.example\neve@x.example,x.example\n',
    ],
  ])('with %s', async (_name, text) => {
    const database = await testDatabase();
    const { report, bad } = await importing(database, text);
    expect(bad).toEqual([]);
    expect(report).toMatchObject({ rowCount: 2, added: 2 });
    expect(entriesOf(database).map((row) => [row.kind, row.addressKey])).toEqual([
      ['address', 'bob@x.example'],
      ['address', 'eve@x.example'],
    ]);
  });

  test('domains, pairs, a tenant, an end for all, a column of another name', async () => {
    const database = await testDatabase();
    await importing(database, 'gone.example\nalso.gone.example\n', { areDomains: true });
    await importing(database, 'Wohin,x\nbob@x.example,1\n', {
      column: 'wohin',
      sender: 'Jane@acme.example',
      tenant: 'acme',
      days: 2,
    });
    expect(entriesOf(database)).toMatchObject([
      { kind: 'domain', domain: 'gone.example', expiresAt: null },
      { kind: 'domain', domain: 'also.gone.example' },
      {
        kind: 'pair',
        tenant: 'acme',
        addressKey: 'bob@x.example',
        senderKey: 'jane@acme.example',
        expiresAt: now + 2 * 86_400_000,
      },
    ]);
  });

  test('who sent the mail that came back makes no pair', async () => {
    const database = await testDatabase();
    await importing(database, 'email,sender\nbob@x.example,jane@acme.example\n');
    expect(entriesOf(database)).toMatchObject([{ kind: 'address', senderKey: '' }]);
  });

  test('entries that ended are left out, a date nobody can read counts from now', async () => {
    const database = await testDatabase();
    const { report } = await importing(
      database,
      'email,created,expires\na@x.example,,2026-11-22\nb@x.example,3/4/2026,2026-11-24\nc@x.example,2099-01-01,\n',
    );
    expect(report).toMatchObject({ added: 2, over: 1, dateless: 1 });
    expect(entriesOf(database)).toMatchObject([
      { addressKey: 'b@x.example', createdAt: now, expiresAt: Date.UTC(2026, 10, 24) },
      { addressKey: 'c@x.example', createdAt: now, expiresAt: null },
    ]);
  });
});

describe('what cannot be used', () => {
  test('is told with its line and all that is wrong, in order; the rest is imported', async () => {
    const database = await testDatabase();
    const { report, bad } = await importing(
      database,
      [
        'email,reason,expires',
        'not an address,,soon',
        'good@x.example,"several',
        'lines",',
        '"x@x.example"y,,',
        ',,',
        'fine@x.example,active,',
        'late"@x.example,,',
        'last@x.example,,',
        'end@x.example,"open',
        '',
      ].join('\n'),
    );
    expect(bad).toMatchObject([
      { line: 2, problems: [{ field: 'address' }, { field: 'expires' }] },
      { line: 5, problems: [{ field: 'line' }] },
      { line: 6, problems: [{ field: 'address' }] },
      { line: 7, problems: [{ field: 'reason' }] },
      { line: 8, problems: [{ field: 'address' }] },
      { line: 10, problems: [{ field: 'line' }] },
    ]);
    expect(report).toMatchObject({ rowCount: 8, added: 2, bad: 6 });
    expect(entriesOf(database).map((row) => row.addressKey)).toEqual([
      'good@x.example',
      'last@x.example',
    ]);
  });

  test('a quote that is never closed costs its own line, also in a long file', async () => {
    const database = await testDatabase();
    const lines = Array.from({ length: 2_500 }, (_, index) => `u${index}@x.example,x`);
    lines[700] = 'broken@x.example,"x';
    lines[1_900] = `${'y'.repeat(200_000)},x`;
    const { report, bad } = await importing(database, lines.join('\n'));
    expect(bad.map(({ line }) => line)).toEqual([701, 1_901]);
    expect(report.added).toBe(2_498);
  });

  test('a file without addresses is refused with the names of its columns, and so are wrong requests', async () => {
    const database = await testDatabase();
    const refusal = (text: string, request: Partial<SuppressionImport> = {}) =>
      importing(database, text, request).then(
        () => 'imported',
        (error: { code: string; message: string }) => `${error.code} ${error.message}`,
      );
    expect(await refusal('name,phone\nBob,1\n')).toMatch(/^INVALID_INPUT .*"name", "phone"/);
    expect(await refusal('email\nbob@x.example\n', { column: 'nope' })).toMatch(/no such column/);
    expect(
      await refusal('bob@x.example\n', { days: 0, reason: 'x', sender: 'y', by: ' ', tenant: '' }),
    ).toMatch(/tenant.*reason.*days.*sender.*by/);
    expect(entriesOf(database)).toEqual([]);
  });

  test('a check changes nothing', async () => {
    const database = await testDatabase();
    const { report } = await importing(database, 'bob@x.example\nbad\n', { checkOnly: true });
    expect(report).toMatchObject({ rowCount: 2, added: 0, bad: 1 });
    expect(entriesOf(database)).toEqual([]);
  });
});

test('a batch is written as a whole or not at all, and a second run adds what is missing', async () => {
  const database = await testDatabase();
  const text = Array.from({ length: 2_500 }, (_, index) => `u${index}@x.example`).join('\n');
  database.orm.run(
    sql`create trigger full before insert on suppression when new.address_key = 'u1500@x.example'
        begin select raise(abort, 'the disk is full'); end`,
  );
  const progress: number[] = [];
  const onProgress = (rowCount: number) => void progress.push(rowCount);
  // By its message: the addon's errors are of the realm of whichever test file loaded it first.
  await expect(importing(database, text, { onProgress })).rejects.toMatchObject({
    message: expect.stringContaining('the disk is full'),
  });
  expect(entriesOf(database)).toHaveLength(1_000);
  expect(auditOf(database)).toHaveLength(1_000);
  expect(progress).toEqual([1_000]);
  database.orm.run(sql`drop trigger full`);
  const { report } = await importing(database, text);
  expect(report).toMatchObject({ rowCount: 2_500, added: 1_500, kept: 1_000 });
  expect(entriesOf(database)).toHaveLength(2_500);
});

test('an export, read back elsewhere, is the same list; no cell is a formula', async () => {
  const one = await testDatabase();
  const other = await testDatabase();
  const soon = now + 86_400_123;
  const odd = ['=1+1@x.example', '-a@x.example', '+b@x.example', "'=c@x.example", "''-d@x.example"];
  const list = listOf(one);
  await list.add(
    [
      ...odd.map((address) => ({ address, note: '=HYPERLINK("x"), said, "she"' })),
      { address: 'bob@x.example', sender: '-jane@acme.example', reason: 'recipient_refused' },
      { domain: 'gone.example', tenant: '=acme', days: 3 },
      { address: 'söme@x.example', reason: 'complaint', note: '@sum' },
    ],
    { by: '+ann' },
  );
  await list.importCsv(bytesOf('email,expires\nz@x.example,', new Date(soon).toISOString(), '\n'), {
    by: 'ann',
  });
  let text = '';
  for await (const piece of list.exportCsv()) text += piece;
  const cells = text.split(/[\n,]/).filter((cell) => cell !== '');
  expect(cells.filter((cell) => /^"?[=+\-@]/.test(cell))).toEqual([]);
  const { report, bad } = await importing(other, text);
  expect(bad).toEqual([]);
  expect(report.added).toBe(odd.length + 4);
  const plain = (database: HistoryDatabase) =>
    entriesOf(database).map(({ id: _id, ...row }) => row);
  expect(plain(other)).toEqual(plain(one));
  expect(await importing(other, text)).toMatchObject({
    report: { added: 0, kept: odd.length + 4 },
  });
});
