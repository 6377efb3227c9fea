import { afterEach, describe, expect, test } from '@jest/globals';
import { bindIntakeStore } from '../../../src/history/intake/bind-intake-store.ts';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import { timelineOf } from '../../../src/history/store/timeline.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { randomMessageId } from '../../../src/mail/ids.ts';
import { formatMessageReference } from '../../../src/mail/message-reference.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import {
  consumerOf,
  deliver,
  emptyFolders,
  folderCounts,
  intakeRows,
  keyring,
  mailOf,
  openHistory,
  openMailHouse,
  register,
  tenant,
  withClient,
} from './mail-house.ts';

const dovecot = await openMailHouse();
afterEach(() => emptyFolders(dovecot));

const nobody = `dropbox+${'z'.repeat(26)}@in.crm.example`;

describe('a pass', () => {
  test('files a copy, once for each contact, and moves it to Processed', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const to = `Carl <carl@contact.example>, dora@contact.example, ${dropbox}`;
    await deliver(dovecot, dropbox, mailOf({ to, subject: 'Offer' }));
    expect(await consumerOf(dovecot, database).round()).toEqual({
      seen: 1,
      done: 1,
      duplicates: 0,
      ownSends: 0,
      quarantined: 0,
      recordedBefore: 0,
      moved: 1,
      left: 0,
    });
    expect(intakeRows(database)).toEqual([
      { state: 'done', reason: null, detail: null, rule: 'delivered-to', moved: true },
    ]);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 1, Failed: 0 });
    const address = 'carl@contact.example' as EmailAddress;
    const timeline = await timelineOf(database, { tenant, address });
    expect(timeline?.contact.name).toBe('Carl');
    expect(timeline?.lines).toMatchObject([
      { kind: 'copy', subject: 'Offer', senderAddress: 'jane@acme.example' },
    ]);
    expect((await historyTotals(database)).entries.copy).toBe(2);
  });

  test('puts what cannot be filed into Failed, with the reason', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await deliver(dovecot, nobody, mailOf());
    await deliver(dovecot, 'dropbox@in.crm.example', mailOf());
    await deliver(dovecot, dropbox, mailOf({ from: 'mallory@evil.example' }));
    await deliver(dovecot, dropbox, mailOf({ to: dropbox }));
    await deliver(dovecot, dropbox, mailOf({ header: [`X-A: ${'x'.repeat(1_100_000)}`] }));
    await deliver(dovecot, dropbox, mailOf({ body: 'x'.repeat(76).concat('\r\n').repeat(40_000) }));
    await deliver(dovecot, dropbox, mailOf({ subject: 'good' }));
    const consumer = consumerOf(dovecot, database, { messageMaxBytes: 2 * 1024 * 1024 });
    expect(await consumer.round()).toMatchObject({ seen: 7, done: 1, quarantined: 6, moved: 7 });
    expect(intakeRows(database).map((row) => row.reason ?? row.state)).toEqual([
      'unknown-token',
      'no-token',
      'unregistered-from',
      'no-contact',
      'unparseable',
      'oversize',
      'done',
    ]);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 1, Failed: 6 });
  });

  test('reads a mail of several pieces whole', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const body = Array.from({ length: 60_000 }, (_, line) => `line ${line} ${'x'.repeat(60)}`);
    const raw = mailOf({ body: body.join('\r\n') });
    await deliver(dovecot, dropbox, raw);
    await deliver(dovecot, dropbox, raw);
    const report = await consumerOf(dovecot, database).round();
    expect(report).toMatchObject({ done: 1, duplicates: 1, left: 0 });
  });

  test('knows another delivery of the same mail, also to another dropbox', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const raw = mailOf();
    await deliver(dovecot, dropbox, raw);
    await deliver(dovecot, dropbox, raw);
    const consumer = consumerOf(dovecot, database);
    expect(await consumer.round()).toMatchObject({ done: 1, duplicates: 1, moved: 2 });
    await deliver(dovecot, dropbox, raw);
    expect(await consumer.round()).toMatchObject({ seen: 1, done: 0, duplicates: 1, moved: 1 });
    expect((await historyTotals(database)).entries.copy).toBe(1);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 3, Failed: 0 });
  });

  test('joins a copy of our own message and makes no entry', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const reference = formatMessageReference(keyring, randomMessageId());
    await deliver(dovecot, dropbox, mailOf({ header: [`X-Onbehalf-Ref: ${reference}`] }));
    expect(await consumerOf(dovecot, database).round()).toMatchObject({ ownSends: 1, moved: 1 });
    expect((await historyTotals(database)).entries.copy).toBe(0);
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 1, Failed: 0 });
  });

  test('takes more mails than fit into one batch', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    for (let number = 0; number < 120; number += 1) {
      await deliver(dovecot, number % 10 === 9 ? nobody : dropbox, mailOf());
    }
    const report = await consumerOf(dovecot, database).round();
    expect(report).toMatchObject({ seen: 120, done: 108, quarantined: 12, moved: 120, left: 0 });
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 108, Failed: 12 });
  });

  test('only moves what was recorded before a crash', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await deliver(dovecot, dropbox, mailOf());
    await deliver(dovecot, nobody, mailOf());
    const store = bindIntakeStore(database, systemClock);
    const crashing = consumerOf(dovecot, database, {
      store: {
        ...store,
        async recordIntake(records, lease) {
          await store.recordIntake(records, lease);
          throw new Error('crash after the commit');
        },
      },
    });
    await expect(crashing.round()).rejects.toThrow('crash after the commit');
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 2, Processed: 0, Failed: 0 });
    expect(await consumerOf(dovecot, database).round()).toMatchObject({
      seen: 2,
      recordedBefore: 2,
      done: 0,
      quarantined: 0,
      moved: 2,
    });
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 1, Failed: 1 });
    expect((await historyTotals(database)).entries.copy).toBe(1);
  });

  test('leaves a mail whose folder refuses it, and moves it later', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await deliver(dovecot, dropbox, mailOf());
    const mailbox = createImapMailbox({ ...dovecot.imap, processedFolder: 'Archive' });
    const store = bindIntakeStore(database, systemClock);
    const consumer = consumerOf(dovecot, database, {
      mailbox,
      store: {
        ...store,
        async recordIntake(records, lease) {
          const states = await store.recordIntake(records, lease);
          await withClient(dovecot, (client) => client.mailboxDelete('Archive'));
          return states;
        },
      },
    });
    expect(await consumer.round()).toMatchObject({ seen: 1, done: 1, moved: 0, left: 1 });
    expect(await folderCounts(dovecot)).toMatchObject({ INBOX: 1 });
    expect(await consumerOf(dovecot, database).round()).toMatchObject({
      recordedBefore: 1,
      moved: 1,
    });
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 1, Failed: 0 });
  });

  test('is refused while another process holds the mailbox', async () => {
    const database = await openHistory();
    const store = bindIntakeStore(database, systemClock);
    const name = createImapMailbox(dovecot.imap).name;
    const lease = await store.takeLease(name, 'another', 60_000);
    await expect(consumerOf(dovecot, database).round()).rejects.toMatchObject({
      code: 'LEASE_LOST',
    });
    if (lease !== undefined) await store.releaseLease(lease);
    expect(await consumerOf(dovecot, database).round()).toMatchObject({ seen: 0 });
  });

  test('writes nothing once another process has taken the mailbox over', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    await deliver(dovecot, dropbox, mailOf());
    const store = bindIntakeStore(database, systemClock);
    const sleeper = consumerOf(dovecot, database, {
      store: {
        ...store,
        async recordIntake(records, lease) {
          await store.takeLease(lease.mailbox, lease.holder, 1);
          return store.recordIntake(records, lease);
        },
      },
    });
    await expect(sleeper.round()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(intakeRows(database)).toEqual([]);
    expect(await folderCounts(dovecot)).toMatchObject({ INBOX: 1 });
  });
});
