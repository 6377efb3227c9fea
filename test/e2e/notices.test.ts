import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import { startDovecot } from '../../src/demo/dovecot.ts';
import { startRelay, type RelayedMail } from '../../src/demo/relay.ts';
import { createHistory, type TimelineLine } from '../../src/history/index.ts';
import { localPartOf, type EmailAddress } from '../../src/mail/address.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';
import { createProducer } from '../../src/producer/index.ts';
import { createWorker } from '../../src/worker/index.ts';
import { atEnd } from '../support/leftovers.ts';
import { bounceOf, complaintOf, type SentMail } from '../support/notices.ts';
import { outcomeLog } from '../support/outcomes.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';
import { startTestRedis } from '../support/redis.ts';
import { testMail } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { testKeyring, testZone, workerOptions } from '../support/world.ts';

const redis = await startTestRedis();
const dovecot = await startDovecot({
  users: [
    { name: 'dropbox', password: 'top-secret' },
    { name: 'bounces', password: 'other-secret' },
  ],
});
atEnd(() => dovecot.stop());

const deliver = async (to: string, message: Buffer): Promise<void> => {
  const [answer] = await deliverByLmtp(dovecot.lmtp, { mailFrom: '', rcptTo: [to], message });
  expect(answer?.reply.code).toBe(250);
};

/** A mail as the relay took it, for what comes back about it. */
function sentMailOf({ mailFrom, rcptTo, message }: RelayedMail): SentMail {
  const returnPath = mailFrom as EmailAddress;
  const proven = parseReturnPath(testKeyring, localPartOf(returnPath), Date.now());
  if (proven === undefined) throw new Error(`${mailFrom} is no return path of ours`);
  const [head = ''] = message.toString('latin1').split('\r\n\r\n');
  const messageId = /^Message-ID:\s*<([^@]+)@/m.exec(head)?.[1] ?? '';
  return {
    sendId: proven.sendId,
    messageId: messageId as SentMail['messageId'],
    recipient: rcptTo[0] ?? '',
    returnPath,
    header: head.split('\r\n'),
  };
}

test('what comes back ends on the timeline, and the workers learn from it', async () => {
  const prefix = 'notices';
  const relay = await startRelay({});
  atEnd(() => relay.stop());
  const log = outcomeLog();
  const producer = createProducer({ redisUrl: redis.url, prefix });
  atEnd(() => producer.close());
  const worker = await createWorker(
    workerOptions(redis.url, relay, { prefix, onOutcome: log.listen }),
  );
  atEnd(() => worker.close());
  const times = { pollMs: 200, leaseMs: 300 };
  await using history = await createHistory({
    redisUrl: redis.url,
    prefix,
    databaseFile: join(temporaryFolder(), 'history.sqlite'),
    migrate: true,
    keyring: testKeyring,
    parserThreadUrl: parseThreadUrl,
    dns: { zone: testZone },
    mailbox: { ...dovecot.imap, ...times, dropboxHost: 'in.crm.example' },
    mailboxes: [
      { role: 'notices', ...dovecot.imap, ...times, user: 'bounces', password: 'other-secret' },
    ],
  });

  await producer.send({ ...testMail, subject: 'First' });
  await producer.send({ ...testMail, to: 'carol@dest.example', subject: 'Second' });
  await log.waitForState('accepted', 2);
  expect(log.events.map(({ mode }) => mode)).toEqual(['on-behalf', 'on-behalf']);
  const sent = relay.accepted.map(sentMailOf);
  const toBob = sent.find(({ recipient }) => recipient === 'bob@dest.example');
  const toCarol = sent.find(({ recipient }) => recipient === 'carol@dest.example');
  if (toBob === undefined || toCarol === undefined) throw new Error('both were accepted');

  const diagnostic = '550 5.7.26 Unauthenticated mail from acme.example breaks its DMARC policy';
  const refusal = bounceOf(toBob, { recipients: [{ status: '5.7.26', diagnostic }] });
  await deliver('bounces@crm.example', refusal);
  // The same report once more, to the mailbox of copies, and a complaint there.
  await deliver('dropbox@crm.example', refusal);
  await deliver('dropbox@crm.example', complaintOf(toCarol));
  const linesTo = async (to: string): Promise<readonly TimelineLine[]> =>
    (await history.timeline({ address: to }))?.lines ?? [];
  await eventually(
    async () => {
      const { intake, notices } = await history.totals();
      const { done, duplicate } = intake.byState;
      return (
        done === 2 && duplicate === 1 && intake.unmovedCount === 0 && notices.feedbackDue === 0
      );
    },
    { what: 'all that came back in the history', timeoutMs: 20_000 },
  );
  expect(await linesTo('bob@dest.example')).toMatchObject([
    {
      kind: 'notice',
      notice: 'bounced',
      class: 'auth_failed',
      subject: 'First',
      diagnostic,
      resolution: 'return-path',
      certainty: 'certain',
    },
    { kind: 'send', state: 'accepted', mode: 'on-behalf' },
  ]);
  expect(await linesTo('carol@dest.example')).toMatchObject([
    { kind: 'notice', notice: 'complained', class: 'complaint', subject: 'Second' },
    { kind: 'send', state: 'accepted' },
  ]);

  // The relay had taken the mail, so only the bounce tells that on-behalf does not pass there.
  await eventually(
    async () => {
      const { length } = log.events;
      await producer.send({ ...testMail, subject: 'Third' });
      await log.waitFor((events) => events.length > length);
      return log.events.at(-1)?.mode === 'rewritten';
    },
    { what: 'a mail in the mode that passes' },
  );
});
