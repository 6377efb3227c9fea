import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../db/open.ts';
import { historyTotals } from '../../src/history/store/totals.ts';
import { createProducer } from '../../src/producer/index.ts';
import { createWorker } from '../../src/worker/index.ts';
import { createHistory, type History, type HistoryOptions } from '../../src/history/index.ts';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import { startDovecot } from '../../src/demo/dovecot.ts';
import { startRelay } from '../../src/demo/relay.ts';
import { dropboxAddressOf } from '../../src/history/intake/dropbox-token.ts';
import { readAddress, type EmailAddress } from '../../src/mail/address.ts';
import { atEnd } from '../support/leftovers.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';
import { startTestRedis } from '../support/redis.ts';
import { seededRandom } from '../support/seed.ts';
import { outcomeLog } from '../support/outcomes.ts';
import { testMail } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { testKeyring, workerOptions } from '../support/world.ts';

const redis = await startTestRedis();
const dovecot = await startDovecot({ users: [{ name: 'dropbox', password: 'top-secret' }] });
atEnd(() => dovecot.stop());

const dropboxHost = 'in.crm.example';
const bob = address('bob@dest.example');

function address(text: string): EmailAddress {
  const reading = readAddress(text);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.address;
}

function optionsFor(prefix: string): Omit<HistoryOptions, 'keyring'> {
  return {
    redisUrl: redis.url,
    prefix,
    databaseFile: join(temporaryFolder(), 'history.sqlite'),
    migrate: true,
    mailbox: { ...dovecot.imap, dropboxHost, pollMs: 200, leaseMs: 300 },
  };
}

async function openHistory(options: Omit<HistoryOptions, 'keyring'>): Promise<History> {
  return createHistory({ ...options, keyring: testKeyring, parserThreadUrl: parseThreadUrl });
}

async function register(history: History): Promise<EmailAddress> {
  const added = await history.addSender({
    tenant: 'default',
    name: 'Jane Doe',
    address: address('jane@acme.example'),
  });
  if (added.kind !== 'added') throw new Error('registered already');
  return dropboxAddressOf(added.token, { prefix: 'dropbox', domain: dropboxHost });
}

async function deliver(dropbox: string, message: string | Buffer): Promise<void> {
  const replies = await deliverByLmtp(dovecot.lmtp, {
    mailFrom: 'jane@acme.example',
    rcptTo: [dropbox],
    message: Buffer.from(message),
  });
  expect(replies[0]?.reply.code).toBe(250);
}

function ownMail(subject: string, id: string): string {
  return [
    'From: Jane Doe <jane@acme.example>',
    'To: Bob <bob@dest.example>, Carol <carol@dest.example>',
    `Subject: ${subject}`,
    `Message-ID: <${id}@acme.example>`,
    'Date: Mon, 23 Nov 2026 08:00:00 +0000',
    '',
    'As we said on the phone.',
    '',
  ].join('\r\n');
}

/** A relay that does not know `gone@…`, a producer and a worker under a prefix. */
async function startSending(prefix: string) {
  const relay = await startRelay({
    answer: (stage, session) =>
      stage === 'rcpt' && session.recipient?.startsWith('gone') === true
        ? { kind: 'refuse', code: 550, text: '5.1.1 User unknown' }
        : { kind: 'accept' },
  });
  atEnd(() => relay.stop());
  const log = outcomeLog();
  const producer = createProducer({ redisUrl: redis.url, prefix });
  atEnd(() => producer.close());
  const worker = await createWorker(
    workerOptions(redis.url, relay, { prefix, onOutcome: log.listen }),
  );
  atEnd(() => worker.close());
  return { relay, log, producer };
}

test('masked sends, a refusal and a copy come to one timeline; a copy of our own joins', async () => {
  const options = optionsFor('whole');
  await using history = await openHistory(options);
  const dropbox = await register(history);
  const { relay, log, producer } = await startSending('whole');

  await producer.send({ ...testMail, subject: 'First', metadata: { deal: '4711' } });
  await producer.send({ ...testMail, to: 'gone@dest.example', subject: 'Second' });
  await log.waitFor((events) => events.length === 2);
  await deliver(dropbox, ownMail('From my own program', 'own-1'));
  // Jane's system mailed Bob and her own BCC rule put the dropbox on it: a copy of our own message,
  // once as it is and once with the Message-ID that a relay has replaced.
  const sent = relay.accepted[0]?.message.toString('latin1') ?? '';
  await deliver(dropbox, Buffer.from(sent, 'latin1'));
  const renamed = sent.replace(/^Message-ID: .*$/m, 'Message-ID: <x@relay.example>');
  await deliver(dropbox, Buffer.from(renamed, 'latin1'));
  await deliver(
    'dropbox+aaaaaaaaaaaaaaaaaaaaaaaaaa@in.crm.example',
    ownMail('No such token', 'o2'),
  );

  await eventually(
    async () => {
      const { sends, intake } = await history.totals();
      const { done, quarantined } = intake.byState;
      return (
        sends.accepted === 1 &&
        sends.rejected === 1 &&
        done === 1 &&
        intake.byState['own-send'] === 2 &&
        quarantined === 1
      );
    },
    { what: 'all outcomes and copies in the history', timeoutMs: 20_000 },
  );

  const timeline = await history.timeline({ tenant: 'default', address: bob });
  expect(timeline?.contact).toMatchObject({ name: 'Bob', addresses: ['bob@dest.example'] });
  expect(timeline?.lines.map((line) => [line.kind, line.subject])).toEqual(
    expect.arrayContaining([
      ['send', 'First'],
      ['copy', 'From my own program'],
    ]),
  );
  expect(timeline?.lines).toHaveLength(2);
  expect(timeline?.lines.find(({ kind }) => kind === 'send')).toMatchObject({
    state: 'accepted',
    mode: 'on-behalf',
    senderName: 'Jané Doe',
    attemptCount: 1,
  });
  const gone = await history.timeline({ tenant: 'default', address: address('gone@dest.example') });
  expect(gone?.lines).toMatchObject([{ state: 'rejected', reply: { enhancedCode: '5.1.1' } }]);
  const carol = await history.timeline({
    tenant: 'default',
    address: address('carol@dest.example'),
  });
  expect(carol?.lines).toMatchObject([{ kind: 'copy', subject: 'From my own program' }]);
  await eventually(async () => (await history.backlog()).length === 0, {
    what: 'the stream trimmed after everything was acknowledged',
  });
});

test('a history process killed at random moments writes everything exactly once', async () => {
  const random = seededRandom();
  const options = optionsFor('killed');
  const setUp = await openHistory({ ...options, redisUrl: redis.url });
  const dropbox = await register(setUp);
  await setUp.close();
  const { log, producer } = await startSending('killed');

  const sendCount = 150;
  const copyCount = 40;
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    running = fork(
      new URL('history-process.ts', import.meta.url),
      [JSON.stringify({ ...options, migrate: false })],
      {
        execArgv: ['--import', new URL('../support/typescript-loader.mjs', import.meta.url).href],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    await once(running, 'message');
  };
  const kill = async (): Promise<void> => {
    if (running === undefined) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    running = undefined;
    await exited;
  };
  atEnd(kill);

  const feeding = (async () => {
    for (let index = 0; index < sendCount; index += 1) {
      await producer.send({ ...testMail, subject: `Mail ${index}` });
      if (index % 4 === 0 && index / 4 < copyCount) {
        await deliver(dropbox, ownMail(`Copy ${index / 4}`, `copy-${index / 4}`));
      }
    }
    for (let index = Math.ceil(sendCount / 4); index < copyCount; index += 1) {
      await deliver(dropbox, ownMail(`Copy ${index}`, `copy-${index}`));
    }
  })();
  let over = false;
  void feeding.then(
    () => (over = true),
    () => (over = true),
  );
  const database = openDatabase({ file: options.databaseFile });
  const entriesWritten = async (): Promise<number> => {
    const { accepted, copy } = (await historyTotals(database)).entries;
    return accepted + copy;
  };
  for (let kills = 0; kills < 6; kills += 1) {
    await start();
    // A random moment of the process's work is what this test is about.
    const due = (await entriesWritten()) + 1 + random.integer(15);
    await eventually(async () => over || (await entriesWritten()) >= due, {
      what: `${due} entries`,
      timeoutMs: 40_000,
    });
    await kill();
  }
  await database.close();
  await feeding;
  await log.waitForState('accepted', sendCount);

  await using history = await openHistory(options);
  await eventually(
    async () => {
      const { sends, intake } = await history.totals();
      const { done, duplicate, quarantined } = intake.byState;
      return sends.accepted === sendCount && done + duplicate + quarantined >= copyCount;
    },
    { what: 'the last history process to finish the work', timeoutMs: 40_000 },
  );
  const totals = await history.totals();
  expect(totals.sends).toMatchObject({ accepted: sendCount, waiting: 0 });
  expect(totals.attempts).toMatchObject({ accepted: sendCount, uncertain: 0 });
  expect(totals.intake.byState).toMatchObject({ done: copyCount, quarantined: 0 });
  // One entry per send, and one per copy for each of its two contacts.
  expect(totals.entries).toMatchObject({ accepted: sendCount, copy: copyCount * 2 });
});
