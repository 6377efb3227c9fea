import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startDovecot } from '../../src/demo/dovecot.ts';
import { startRelay } from '../../src/demo/relay.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { testZoneFile } from '../support/world.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

let redis: TestRedis;

beforeAll(async () => {
  await requireBuild();
  redis = await startTestRedis();
});

/** The queue of sends of an installation, to look into. */
function queueOf(prefix: string): Queue {
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  atEnd(() => connection.disconnect());
  const keys = keyNames(prefix);
  const queue = new Queue(keys.sendQueue, { connection, prefix: keys.bullPrefix });
  atEnd(() => queue.close());
  return queue;
}

test('send puts one job for each recipient into Redis, and a key makes it repeatable', async () => {
  const cwd = temporaryFolder();
  const environment = { REDIS_URL: redis.url, ONBEHALF_REDIS_PREFIX: 'verbs' };
  writeFileSync(join(cwd, 'offer.pdf'), '%PDF-1.7');
  const args = [
    ['send', '--from', 'Jane Doe <jane@acme.example>', '--to', 'Bob <bob@dest.example>'],
    ['--bcc', 'eve@dest.example', '--subject', 'Hi', '--text-file', '-', '--attach', 'offer.pdf'],
    ['--header', 'X-Deal: 17', '--kind', 'sequence', '--tenant', 'acme', '--key', 'deal-17'],
  ].flat();
  const first = await onbehalf([...args, '--json'], { cwd, environment, input: 'Hello\n' });
  expect([first.exitCode, first.stderr]).toEqual([0, '']);
  const [result, ...more] = jsonLines(first.stdout);
  expect(more).toEqual([]);
  const { sends } = result as { sends: { recipient: string; sendId: string }[] };
  expect(sends.map(({ recipient }) => recipient)).toEqual(['bob@dest.example', 'eve@dest.example']);

  const queue = queueOf('verbs');
  for (const { recipient, sendId } of sends) {
    const job = await queue.getJob(sendId);
    expect(job?.data).toMatchObject({ sendId, recipient, tenant: 'acme', kind: 'sequence' });
  }
  const again = await onbehalf(args, { cwd, environment, input: 'Hello\n' });
  expect([again.exitCode, again.stderr]).toEqual([0, '']);
  expect(again.stdout).toBe(
    sends.map(({ recipient, sendId }) => `already enqueued  ${recipient}  ${sendId}\n`).join(''),
  );
  expect(await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed')).toBe(2);

  const other = await onbehalf([...args, '--json'], { cwd, environment, input: 'Goodbye\n' });
  expect(other.exitCode).toBe(1);
  expect(jsonLines(other.stdout)).toMatchObject([{ error: { code: 'IDEMPOTENCY_CONFLICT' } }]);
});

test('migrate makes the database once, and afterwards it is up to date', async () => {
  const cwd = temporaryFolder();
  const file = join(cwd, '.onbehalf', 'history.sqlite');
  const first = await onbehalf(['migrate', '--json'], { cwd });
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  const [report, ...more] = jsonLines(first.stdout);
  expect(more).toEqual([]);
  expect(report).toEqual({ file, applied: expect.any(Number) });
  expect(report?.['applied']).toBeGreaterThan(0);
  const second = await onbehalf(['migrate'], { cwd });
  expect(second).toEqual({ exitCode: 0, stdout: `${file} is up to date.\n`, stderr: '' });

  const nobody = await onbehalf(['timeline', 'bob@dest.example', '--json'], { cwd });
  expect(nobody.exitCode).toBe(1);
  expect(jsonLines(nobody.stdout)).toMatchObject([{ error: { code: 'CONTACT_UNKNOWN' } }]);
  expect(nobody.stderr).toContain('nobody with the address bob@dest.example');
});

test('a dropbox address is shown once and stored nowhere', async () => {
  const cwd = temporaryFolder();
  const environment = { ONBEHALF_PROVIDER_DOMAIN: 'crm.test' };
  const add = ['sender', 'add', 'jane@acme.example', '--name', 'Jane Doe', '--json'];
  const added = await onbehalf(add, { cwd, environment });
  expect(added).toMatchObject({ exitCode: 0, stderr: '' });
  const [record, ...more] = jsonLines(added.stdout);
  expect(more).toEqual([]);
  expect(record).toMatchObject({ added: true, address: 'jane@acme.example', tenant: 'default' });
  const token = /^dropbox\+([a-z2-7]{26})@in\.crm\.test$/.exec(String(record?.['dropbox']))?.[1];
  expect(token).toBeDefined();

  const again = await onbehalf(add.slice(0, -1), { cwd, environment });
  expect([again.exitCode, again.stdout]).toEqual([
    0,
    'jane@acme.example is registered already; nothing was changed.\n',
  ]);
  // The same person may be a sender of another tenant.
  const elsewhere = await onbehalf([...add, '--tenant', 'other'], { cwd, environment });
  expect(jsonLines(elsewhere.stdout)).toMatchObject([{ added: true, tenant: 'other' }]);

  const list = await onbehalf(['sender', 'list', '--json'], { cwd, environment });
  expect(
    jsonLines(list.stdout)
      .map(({ tenant }) => String(tenant))
      .sort(),
  ).toEqual(['default', 'other']);
  const one = await onbehalf(['sender', 'list', '--tenant', 'other'], { cwd, environment });
  expect(one.stdout).toBe('other  jane@acme.example  Jane Doe\n');
  const none = await onbehalf(['sender', 'list', '--tenant', 'none', '--json'], { cwd });
  expect(none).toMatchObject({ exitCode: 0, stdout: '' });

  const printedLater = again.stdout + list.stdout + one.stdout;
  const stored = readFileSync(join(cwd, '.onbehalf', 'history.sqlite'), 'latin1');
  expect(stored).toContain('jane@acme.example');
  expect([printedLater.includes(token ?? ''), stored.includes(token ?? '')]).toEqual([
    false,
    false,
  ]);
});

test('doctor with nothing there: exit 1, and advice for every part', async () => {
  const cwd = temporaryFolder();
  const environment = {
    ONBEHALF_RELAY_URL: 'smtp://127.0.0.1:1',
    ONBEHALF_MAILBOX_URL: 'imap://copies@127.0.0.1:1',
    ONBEHALF_MAILBOX_PASSWORD: 'irrelevant',
  };
  const { exitCode, stdout, stderr } = await onbehalf(['doctor', '--json'], { cwd, environment });
  expect([exitCode, stderr]).toEqual([1, '']);
  const advice = (text: string) => expect.stringContaining(text);
  expect(jsonLines(stdout)).toMatchObject([
    { name: 'config', state: 'ok' },
    { name: 'redis', state: 'failed', advice: advice('onbehalf up') },
    { name: 'database', state: 'warning', advice: advice('onbehalf migrate') },
    { name: 'relay', state: 'failed', advice: advice('ONBEHALF_RELAY_URL') },
    { name: 'mailbox', state: 'failed', advice: advice('ONBEHALF_MAILBOX_URL') },
  ]);
});

test('doctor with everything there: exit 0; with refused logins: exit 1', async () => {
  const cwd = temporaryFolder();
  const relay = await startRelay({ auth: { user: 'crm', password: 'relay-word' } });
  atEnd(() => relay.stop());
  const dovecot = await startDovecot({ users: [{ name: 'copies', password: 'box-word' }] });
  atEnd(() => dovecot.stop());
  const environment = {
    REDIS_URL: redis.url,
    ONBEHALF_DNS_ZONE: testZoneFile,
    ONBEHALF_RELAY_URL: `smtp://crm@127.0.0.1:${relay.port}`,
    ONBEHALF_RELAY_PASSWORD: 'relay-word',
    ONBEHALF_MAILBOX_URL: `imap://copies@127.0.0.1:${dovecot.imap.port}`,
    ONBEHALF_MAILBOX_PASSWORD: 'box-word',
  };
  await onbehalf(['migrate'], { cwd });
  const good = await onbehalf(['doctor', '--json'], { cwd, environment });
  const found = jsonLines(good.stdout).map(({ name, state }) => `${String(name)} ${String(state)}`);
  expect(found).toEqual(
    expect.arrayContaining(['redis ok', 'backlog ok', 'database ok', 'relay ok', 'mailbox ok']),
  );
  expect([good.exitCode, good.stderr]).toEqual([0, '']);
  expect(found.filter((each) => each.endsWith('failed'))).toEqual([]);

  const wrong = { ONBEHALF_RELAY_PASSWORD: 'guess-one', ONBEHALF_MAILBOX_PASSWORD: 'guess-two' };
  const bad = await onbehalf(['doctor'], { cwd, environment: { ...environment, ...wrong } });
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toMatch(/FAIL {2}relay[^]*535[^]*FAIL {2}mailbox[^]*MAILBOX_PASSWORD/);
  expect(bad.stdout + bad.stderr).not.toMatch(/relay-word|box-word|guess-one|guess-two/);
});
