import { afterEach, describe, expect, test } from '@jest/globals';
import type { HistoryDatabase } from '../../../db/open.ts';
import { notice } from '../../../db/sqlite/schema.ts';
import { createCopyParser } from '../../../src/history/intake/copy-parser.ts';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { timelineOf } from '../../../src/history/store/timeline.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { contentTo, mailbox, outcome } from '../../support/history.ts';
import { atEnd } from '../../support/leftovers.ts';
import {
  autoReplyOf,
  bounceOf,
  complaintOf,
  forgedReturnPath,
  sentMail,
  withoutOurFields,
} from '../../support/notices.ts';
import { parseThreadUrl } from '../../support/parse-thread-url.ts';
import {
  consumerOf,
  deliver,
  emptyFolders,
  folderCounts,
  intakeRows,
  keyring,
  mailOf,
  noticeConsumerOf,
  openHistory,
  openMailHouse,
  register,
  tenant,
  withClient,
} from './mail-house.ts';

const dovecot = await openMailHouse();
afterEach(() => emptyFolders(dovecot));

/** Where the receiving server puts what comes to the bounce host. */
const bounces = 'dropbox@bounces.crm.example';
const bob = 'bob@client.example';
const eve = 'eve@client.example';
const toBob = sentMail(keyring, 'offer', bob);
const toEve = sentMail(keyring, 'offer', eve);

const send = async (database: HistoryDatabase, key: string, ...to: readonly string[]) => {
  const content = contentTo(...to.map((each) => mailbox(each)));
  const records = to.map((each) => ({ event: outcome(key, each), content }));
  await recordOutcomes(database, records, Date.now());
};

const linesOf = async (database: HistoryDatabase, address = bob) => {
  const page = await timelineOf(database, { tenant, address: address as EmailAddress });
  return page?.lines ?? [];
};
const noticesOf = async (database: HistoryDatabase, address = bob) =>
  (await linesOf(database, address)).filter((line) => line.kind === 'notice');

describe('a mailbox of notices', () => {
  test('files bounces, complaints and automatic replies, each on its timeline', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob, eve);
    await deliver(dovecot, bounces, bounceOf(toBob));
    await deliver(dovecot, bounces, complaintOf(toEve));
    await deliver(dovecot, bounces, autoReplyOf(toEve));
    await deliver(dovecot, bounces, mailOf());
    const report = await noticeConsumerOf(dovecot, database).round();
    expect(report).toMatchObject({ seen: 4, done: 3, quarantined: 1, moved: 4 });
    expect(await noticesOf(database)).toMatchObject([
      {
        notice: 'bounced',
        class: 'user_unknown',
        diagnostic: '550 5.1.1 No such user here',
        resolution: 'return-path',
        certainty: 'certain',
      },
    ]);
    const forEve = await noticesOf(database, eve);
    expect(forEve.map((line) => line.notice).toSorted()).toEqual(['auto-replied', 'complained']);
    expect(intakeRows(database).map((row) => row.reason ?? row.state)).toEqual([
      'done',
      'done',
      'done',
      'not-a-notice',
    ]);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 3, Failed: 1 });
  });

  test('a notice that comes before the event of its send is joined by it', async () => {
    const database = await openHistory();
    await deliver(dovecot, bounces, bounceOf(toBob));
    await deliver(dovecot, bounces, bounceOf(toBob));
    expect(await noticeConsumerOf(dovecot, database).round()).toMatchObject({
      done: 1,
      duplicates: 1,
    });
    expect(await linesOf(database)).toEqual([]);
    await send(database, 'offer', bob);
    await send(database, 'offer', bob);
    expect((await linesOf(database)).map(({ kind }) => kind)).toEqual(['notice', 'send']);
  });

  test('the same notice in another mailbox or epoch counts once', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob);
    const raw = bounceOf(toBob);
    await deliver(dovecot, bounces, raw);
    await noticeConsumerOf(dovecot, database).round();
    await withClient(dovecot, async (client) => {
      await client.mailboxCreate('Other');
      // As another server would have delivered it.
      const trace = 'Return-Path: <>\r\nReceived: from relay.example by mx2.crm.example; Mon\r\n';
      await client.append('Other', Buffer.concat([Buffer.from(trace), raw]));
    });
    const other = createImapMailbox({ ...dovecot.imap, folder: 'Other' });
    const report = await noticeConsumerOf(dovecot, database, { mailbox: other }).round();
    expect(report).toMatchObject({ done: 0, duplicates: 1, moved: 1 });
    expect(await noticesOf(database)).toHaveLength(1);
  });

  test('what is forged or too old changes nothing', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob);
    const bare = withoutOurFields(toBob);
    const old = withoutOurFields(sentMail(keyring, 'offer', bob, Date.now() - 62 * 86_400_000));
    await deliver(dovecot, bounces, bounceOf(bare, { to: forgedReturnPath(1) }));
    await deliver(dovecot, bounces, bounceOf(old));
    await deliver(
      dovecot,
      bounces,
      bounceOf(bare, { to: 'x@crm.example', recipients: [{ original: 'nobody@client.example' }] }),
    );
    const report = await noticeConsumerOf(dovecot, database).round();
    expect(report).toMatchObject({ done: 0, quarantined: 3, moved: 3 });
    expect(intakeRows(database).map(({ reason }) => reason)).toEqual([
      'forged-token',
      'expired-token',
      'unknown-send',
    ]);
    expect(await linesOf(database)).toHaveLength(1);
    expect(database.orm.select().from(notice).all()).toEqual([]);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 0, Failed: 3 });
  });

  test('recipients of one report come to their own timelines', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob, eve);
    const full = {
      original: eve,
      action: 'delayed',
      status: '4.2.2',
      diagnostic: '452 4.2.2 The mailbox is full',
    };
    await deliver(dovecot, bounces, bounceOf(toBob, { recipients: [{}, full] }));
    await noticeConsumerOf(dovecot, database).round();
    expect(await noticesOf(database)).toMatchObject([{ notice: 'bounced', recipient: bob }]);
    expect(await noticesOf(database, eve)).toMatchObject([{ notice: 'delayed', recipient: eve }]);
  });

  test('a report with bare CR line ends', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob);
    const macintosh = Buffer.from(bounceOf(toBob).toString('latin1').replace(/\r\n/g, '\r'));
    await withClient(dovecot, (client) => client.append('INBOX', macintosh));
    expect(await noticeConsumerOf(dovecot, database).round()).toMatchObject({ done: 1, moved: 1 });
    expect(await noticesOf(database)).toMatchObject([{ class: 'user_unknown' }]);
  });

  test('a report that returns 10 MB, and one over the limit', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob, eve);
    const returnedBody = `${'x'.repeat(76)}\r\n`.repeat(135_000);
    await deliver(dovecot, bounces, bounceOf(toBob, { returnedBody }));
    await deliver(dovecot, bounces, bounceOf(toEve, { returnedBody: returnedBody.repeat(2) }));
    const consumer = noticeConsumerOf(dovecot, database, { messageMaxBytes: 12_000_000 });
    expect(await consumer.round()).toMatchObject({ done: 2, quarantined: 0, moved: 2 });
    expect(await noticesOf(database)).toMatchObject([{ class: 'user_unknown' }]);
    expect(await noticesOf(database, eve)).toMatchObject([{ class: 'user_unknown' }]);
    const sizes = database.orm.select({ size: notice.sizeBytes }).from(notice).all();
    for (const { size } of sizes) expect(size).toBeGreaterThan(10_000_000);
  });

  test('a report that takes too long is kept back, and the next one is read', async () => {
    const database = await openHistory();
    await send(database, 'offer', bob);
    const parser = createCopyParser({ threadUrl: parseThreadUrl, deadlineMs: 1 });
    atEnd(() => parser.close());
    await deliver(dovecot, bounces, bounceOf(toBob, { returnedBody: 'x'.repeat(20_000_000) }));
    const hasty = noticeConsumerOf(dovecot, database, { parser });
    expect(await hasty.round()).toMatchObject({ quarantined: 1, moved: 1 });
    expect(intakeRows(database)).toMatchObject([
      { reason: 'unparseable', detail: 'parsing it took more than 1 ms' },
    ]);
    await deliver(dovecot, bounces, bounceOf(toBob));
    expect(await noticeConsumerOf(dovecot, database).round()).toMatchObject({ done: 1 });
    expect(await noticesOf(database)).toHaveLength(1);
  });
});

describe('a mailbox of copies', () => {
  test('takes notices as well, and tells what is neither', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await send(database, 'offer', bob);
    const nobody = `dropbox+${'z'.repeat(26)}@in.crm.example`;
    await deliver(dovecot, dropbox, mailOf({ to: bob, subject: 'Copy' }));
    await deliver(dovecot, bounces, bounceOf(toBob));
    await deliver(dovecot, nobody, bounceOf(withoutOurFields(toBob), { to: forgedReturnPath(3) }));
    await deliver(dovecot, nobody, mailOf({ subject: 'to a dropbox of nobody' }));
    await deliver(dovecot, 'dropbox@in.crm.example', mailOf({ subject: 'to no dropbox' }));
    const report = await consumerOf(dovecot, database).round();
    expect(report).toMatchObject({ seen: 5, done: 2, quarantined: 3, moved: 5 });
    expect(intakeRows(database).map((row) => row.reason ?? row.rule)).toEqual([
      'delivered-to',
      'return-path',
      'forged-token',
      'unknown-token',
      'no-token',
    ]);
    const kinds = (await linesOf(database)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['copy', 'notice', 'send']);
    expect((await historyTotals(database)).notices.byKind.bounced).toBe(1);
  });

  test('a bounce to a sender’s own dropbox is not hers, and not taken', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await send(database, 'offer', bob);
    await deliver(dovecot, dropbox, bounceOf(withoutOurFields(toBob), { to: dropbox }));
    expect(await consumerOf(dovecot, database).round()).toMatchObject({ quarantined: 1 });
    expect(intakeRows(database)).toMatchObject([{ reason: 'unregistered-from' }]);
    expect(await noticesOf(database)).toEqual([]);
  });
});
