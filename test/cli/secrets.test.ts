import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import { startDovecot } from '../../src/demo/dovecot.ts';
import { startRelay } from '../../src/demo/relay.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { jsonLines, onbehalf, startOnbehalf } from './run-onbehalf.ts';

beforeAll(requireBuild);

const relayPassword = 'relay-Kx7Qm2-word';
const mailboxPassword = 'mailbox-Vt4Zr9-word';
const contentKey = Buffer.from('0123456789abcdefghijklmnopqrstuv');
const bodyText = 'the-offer-nobody-else-may-read';

/** A secret as it might be written somewhere. */
function waysToWrite(secret: Buffer, user = ''): readonly Buffer[] {
  const login = Buffer.from(`\0${user}\0${secret.toString('latin1')}`);
  const texts = [secret, login].flatMap((each) => [
    each.toString('base64').replace(/=+$/, ''),
    each.toString('base64url'),
    each.toString('hex'),
  ]);
  return [secret, ...texts.map((text) => Buffer.from(text))];
}

const secrets = {
  relayPassword: waysToWrite(Buffer.from(relayPassword), 'crm'),
  mailboxPassword: waysToWrite(Buffer.from(mailboxPassword), 'dropbox'),
  contentKey: waysToWrite(contentKey),
};

function secretsIn(bytes: Buffer): readonly string[] {
  return Object.entries(secrets)
    .filter(([, ways]) => ways.some((way) => bytes.includes(way)))
    .map(([name]) => name);
}

/** Every file below a folder with its bytes; sockets are none. */
function filesBelow(folder: string): readonly { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

test('the search finds a secret however it is written', () => {
  const login = Buffer.from(`\0crm\0${relayPassword}`).toString('base64');
  expect(secretsIn(Buffer.from(`AUTH PLAIN ${login}`))).toEqual(['relayPassword']);
  expect(secretsIn(Buffer.from(`key ${contentKey.toString('hex')}`))).toEqual(['contentKey']);
  expect(secretsIn(Buffer.from('nothing'))).toEqual([]);
});

test('no secret reaches a log, Redis or the database', async () => {
  const cwd = temporaryFolder();
  const relay = await startRelay({ auth: { user: 'crm', password: relayPassword } });
  atEnd(() => relay.stop());
  const dovecot = await startDovecot({ users: [{ name: 'dropbox', password: mailboxPassword }] });
  atEnd(() => dovecot.stop());
  // One by the configuration file, one by the environment.
  writeFileSync(
    join(cwd, 'onbehalf.config.json'),
    JSON.stringify({
      relay: { host: '127.0.0.1', port: relay.port, user: 'crm', password: { env: 'RELAY_WORD' } },
      log: { level: 'debug' },
    }),
  );
  const environment = {
    RELAY_WORD: relayPassword,
    ONBEHALF_MAILBOX_URL: `imap://dropbox@127.0.0.1:${dovecot.imap.port}`,
    ONBEHALF_MAILBOX_PASSWORD: mailboxPassword,
    ONBEHALF_POLL_MS: '200',
    ONBEHALF_CONTENT_KEY: contentKey.toString('base64'),
  };
  const place = { cwd, environment };
  const up = startOnbehalf(['up', '--workers', '1', '--json'], place);
  await up.waitForLine((line) => line['ready'] === true);

  const send = ['send', '--from', 'jane@acme.example', '--subject', 'Offer', '--text', bodyText];
  const sent = await onbehalf([...send, '--to', 'bob@dest.example', '--json'], place);
  expect(sent.exitCode).toBe(0);
  await relay.waitFor((mails) => mails.length === 1);
  expect(relay.accepted[0]?.message.toString()).toContain(bodyText);

  const add = ['sender', 'add', 'jane@acme.example', '--name', 'Jane', '--json'];
  const [sender] = jsonLines((await onbehalf(add, place)).stdout);
  const dropbox = String(sender?.['dropbox']);
  const copy =
    'From: Jane <jane@acme.example>\r\nTo: Eve <eve@dest.example>\r\nSubject: By hand\r\n' +
    'Message-ID: <1@acme.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n';
  await deliverByLmtp(dovecot.lmtp, {
    mailFrom: 'jane@acme.example',
    rcptTo: [dropbox],
    message: Buffer.from(copy),
  });
  await up.waitForLine(({ event, seen }) => event === 'intake-round' && seen === 1);
  const refused = await onbehalf(['doctor', '--json'], {
    cwd,
    environment: { ...environment, RELAY_WORD: `${relayPassword}x` },
  });
  expect(refused.exitCode).toBe(1);

  const said = [up.output(), sent.stdout, sent.stderr, refused.stdout, refused.stderr].join('\n');
  expect(secretsIn(Buffer.from(said))).toEqual([]);
  expect(await up.end('SIGTERM')).toBe(0);
  expect(secretsIn(Buffer.from(up.output()))).toEqual([]);

  const token = /\+([^@]+)@/.exec(dropbox)?.[1] ?? '';
  expect(token).toHaveLength(26);
  expect(up.output()).not.toContain(token);

  const files = filesBelow(join(cwd, '.onbehalf'));
  const redisFiles = files.filter(({ path }) => path.includes('/redis/'));
  const databaseFiles = files.filter(({ path }) => path.includes('history.sqlite'));
  // The search finds what is there: recipients, in both.
  expect(redisFiles.some(({ bytes }) => bytes.includes('bob@dest.example'))).toBe(true);
  expect(databaseFiles.some(({ bytes }) => bytes.includes('bob@dest.example'))).toBe(true);
  expect(databaseFiles.some(({ bytes }) => bytes.includes('By hand'))).toBe(true);
  expect(files.filter(({ bytes }) => secretsIn(bytes).length > 0)).toEqual([]);
  expect(files.filter(({ bytes }) => bytes.includes(token))).toEqual([]);
  // With a content key nobody reads a body in Redis.
  expect(redisFiles.filter(({ bytes }) => bytes.includes(bodyText))).toEqual([]);

  // Keys made by the installation stay in their files.
  const keyFiles = files.filter(({ path }) => path.includes('/keys/'));
  const made = keyFiles.flatMap(({ bytes }) => bytes.toString().match(/[A-Za-z0-9+/]{40,}/g) ?? []);
  expect(made.length).toBeGreaterThan(20);
  const others = files.filter((file) => !keyFiles.includes(file)).map(({ bytes }) => bytes);
  const everywhere = Buffer.concat([Buffer.from(up.output()), ...others]);
  expect(made.filter((part) => everywhere.includes(part))).toEqual([]);
});
