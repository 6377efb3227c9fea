import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { adviceOf } from '../../src/bounces/class-policy.ts';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import { startDovecot } from '../../src/demo/dovecot.ts';
import { createHistory, type History, type TimelineLine } from '../../src/history/index.ts';
import { localPartOf, type EmailAddress } from '../../src/mail/address.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';
import { atEnd } from '../support/leftovers.ts';
import { bounceOf, complaintOf, type SentMail } from '../support/notices.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';
import { startRawRelay, type ReceivedMail } from '../support/raw-relay.ts';
import {
  exchangeOf,
  realWorldAnswers,
  realWorldZone,
  recipientOf,
  replyIdOf,
} from '../support/real-world-relay.ts';
import { realWorldReplies, type RealWorldReply } from '../support/real-world-replies.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { testKeyring } from '../support/world.ts';

/*
 * The whole system and sixty replies of the real world, twice: first the relay gives each of them as
 * its answer; then it takes mail to sixty others, and each reply comes back in a report.
 */

const redis = await startTestRedis();
const dovecot = await startDovecot({ users: [{ name: 'bounces', password: 'top-secret' }] });
atEnd(() => dovecot.stop());

/** Whom a report is about: at a domain of its own, for the answers slow down theirs. */
const reportedOf = ({ id }: RealWorldReply): string => `${id}@reported-${id}.example`;
const zone = {
  ...realWorldZone,
  ...Object.fromEntries(
    realWorldReplies.map((each) => [
      `reported-${each.id}.example`,
      { MX: [{ priority: 10, exchange: exchangeOf(each) }] },
    ]),
  ),
};
const complainer = 'angry@complaints.example';
const cases = realWorldReplies.map((each) => [each.id, each] as const);

let world: SendWorld;
let history: History;

beforeAll(async () => {
  const spare = await startRawRelay();
  atEnd(() => spare.stop());
  world = await startSendWorld(
    redis.url,
    realWorldAnswers(),
    {
      routes: [{ name: 'spare', host: spare.host, port: spare.port, priority: 20 }],
      dns: { zone },
      retry: {},
    },
    { name: 'main' },
  );
  history = await createHistory({
    redisUrl: redis.url,
    prefix: world.prefix,
    databaseFile: join(temporaryFolder(), 'history.sqlite'),
    migrate: true,
    keyring: testKeyring,
    parserThreadUrl: parseThreadUrl,
    dns: { zone },
    mailboxes: [{ role: 'notices', ...dovecot.imap, pollMs: 200, leaseMs: 300 }],
  });
  atEnd(() => history.close());
  await sendAndAnswer();
  await sendAndReport();
}, 120_000);

/** Sends to the sixty, and waits until the history has how each of them was answered. */
async function sendAndAnswer(): Promise<void> {
  for (const each of realWorldReplies) await send(recipientOf(each));
  await world.log.waitFor((events) =>
    realWorldReplies.every(({ id }) => {
      const last = events.filter(({ recipient }) => replyIdOf(recipient) === id).at(-1);
      return last !== undefined && (last.state !== 'waiting' || (last.nextAt ?? 0) > last.at);
    }),
  );
  await eventually(async () => (await history.backlog()).unacknowledged === 0, {
    what: 'the history has all',
    timeoutMs: 20_000,
  });
}

/** Sends to their sixty neighbours and one more, and delivers what comes back about it. */
async function sendAndReport(): Promise<void> {
  const recipients = [...realWorldReplies.map(reportedOf), complainer];
  for (const recipient of recipients) await send(recipient);
  await world.log.waitFor((events) =>
    recipients.every((recipient) =>
      events.some((event) => event.recipient === recipient && event.state === 'accepted'),
    ),
  );
  const sent = new Map(world.relay.received.map((mail) => [mail.rcptTo[0] ?? '', mail] as const));
  for (const each of realWorldReplies) {
    await deliver(reportOf(each, sentMailOf(sent.get(reportedOf(each)))));
  }
  await deliver(complaintOf(sentMailOf(sent.get(complainer))));
  await eventually(
    async () => {
      const { intake } = await history.totals();
      return intake.byState.done === recipients.length && intake.unmovedCount === 0;
    },
    { what: 'all that came back in the history', timeoutMs: 60_000 },
  );
}

async function send(to: string) {
  const { sends } = await world.producer.send({ ...testMail, to });
  return sends[0];
}

async function deliver(message: Buffer): Promise<void> {
  const mail = { mailFrom: '', rcptTo: ['bounces@crm.example'], message };
  const [answer] = await deliverByLmtp(dovecot.lmtp, mail);
  expect(answer?.reply.code).toBe(250);
}

function sentMailOf(received: ReceivedMail | undefined): SentMail {
  if (received === undefined) throw new Error('the relay did not get it');
  const returnPath = received.mailFrom as EmailAddress;
  const proven = parseReturnPath(testKeyring, localPartOf(returnPath), Date.now());
  if (proven === undefined) throw new Error(`${returnPath} is no return path of ours`);
  const { messageId, rcptTo } = received;
  return {
    sendId: proven.sendId,
    messageId: /^<([^@]+)@/.exec(messageId)?.[1] as SentMail['messageId'],
    recipient: rcptTo[0] ?? '',
    returnPath,
    header: [`Message-ID: ${messageId}`, 'From: Jane Doe <jane@acme.example>'],
  };
}

/** The reply as a relay reports it: a 4xx as a delay, a 5xx as a failure. */
function reportOf(reply: RealWorldReply, mail: SentMail): Buffer {
  const lines = reply.reply.split('\r\n');
  const isDelay = reply.reply.startsWith('4');
  const [, enhanced] = /^\d{3}[ -]([45]\.\d+\.\d+)/.exec(lines[0] ?? '') ?? [];
  return bounceOf(mail, {
    recipients: [
      {
        action: isDelay ? 'delayed' : 'failed',
        status: enhanced ?? (isDelay ? '4.0.0' : '5.0.0'),
        diagnostic: lines.join('\r\n    '),
        remoteMta: exchangeOf(reply),
      },
    ],
  });
}

async function linesTo(address: string): Promise<readonly TimelineLine[]> {
  return (await history.timeline({ address }))?.lines ?? [];
}

test.each(cases)('answered: %s', async (_id, reply) => {
  const [line] = await linesTo(recipientOf(reply));
  const isOver = reply.next.kind === 'never';
  const isWaiting = reply.next.kind === 'after' || reply.next.kind === 'asked';
  const state = isOver ? 'rejected' : isWaiting ? 'waiting' : 'accepted';
  expect(line).toMatchObject({ kind: 'send', state });
  const again = await send(recipientOf(reply));
  const isSuppressed = reply.suppression?.kind === 'now';
  expect(again?.suppressed?.reason).toBe(isSuppressed ? reply.class : undefined);
});

test.each(cases)('reported: %s', async (_id, reply) => {
  const isDelay = reply.reply.startsWith('4');
  const [line, before] = await linesTo(reportedOf(reply));
  // Of a delay that gives no reason it is known that time runs out.
  const about = isDelay && reply.class === 'unknown' ? 'expired' : reply.class;
  expect(line).toMatchObject({
    kind: 'notice',
    notice: isDelay ? 'delayed' : 'bounced',
    class: about,
    resolution: 'return-path',
    certainty: 'certain',
  });
  expect(before).toMatchObject({ kind: 'send', state: 'accepted' });
  const again = await send(reportedOf(reply));
  // A delay is no failure, and suppresses nobody. Whoever reports a failure tries no more.
  const isSuppressed = !isDelay && adviceOf(reply.class, 5).suppression.kind === 'now';
  expect(again?.suppressed?.reason).toBe(isSuppressed ? reply.class : undefined);
});

test('a complaint is on the timeline, and nobody writes to whoever complained', async () => {
  const [line] = await linesTo(complainer);
  expect(line).toMatchObject({ kind: 'notice', notice: 'complained', class: 'complaint' });
  expect((await send(complainer))?.suppressed).toMatchObject({ reason: 'complaint' });
});
