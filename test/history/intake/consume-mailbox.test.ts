import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { MailboxConsumer } from '../../../src/history/intake/consume-mailbox.ts';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { LogFields, Logger } from '../../../src/runtime/logger.ts';
import { atEnd } from '../../support/leftovers.ts';
import { eventually } from '../../support/wait-for.ts';
import {
  consumerOf,
  deliver,
  emptyFolders,
  folderCounts,
  mailOf,
  openHistory,
  openMailHouse,
  register,
  withClient,
} from './mail-house.ts';

const dovecot = await openMailHouse();
afterEach(() => emptyFolders(dovecot));

/** Runs a consumer until the returned function is called, at the latest until the file ends. */
function start(consumer: MailboxConsumer): () => Promise<void> {
  const stop = new AbortController();
  const running = consumer.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  atEnd(end);
  return end;
}

/** A logger that tells of events. */
function listeningLogger(): Logger & { seen(event: string): Promise<LogFields> } {
  const waiting = new Map<string, ((fields: LogFields) => void)[]>();
  const seen = (event: string): Promise<LogFields> =>
    new Promise((resolve) => waiting.set(event, [...(waiting.get(event) ?? []), resolve]));
  const tell = (event: string, fields: LogFields = {}): void => {
    for (const resolve of waiting.get(event) ?? []) resolve(fields);
    waiting.delete(event);
  };
  const logger = { debug: tell, info: tell, warn: tell, error: tell, seen };
  return { ...logger, child: () => ({ ...logger, child: () => silentLogger }) };
}

describe('run', () => {
  const anHourMs = 3_600_000;

  test('files new mail on the hint of the server, long before it polls', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const logger = listeningLogger();
    const opened = logger.seen('mailbox-opened');
    const stop = start(consumerOf(dovecot, database, { logger, pollMs: anHourMs }));
    await opened;
    for (const subject of ['one', 'two']) {
      const filed = logger.seen('intake-round');
      await deliver(dovecot, dropbox, mailOf({ subject }));
      expect(await filed).toMatchObject({ done: 1, moved: 1 });
    }
    await stop();
    expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: 2, Failed: 0 });
  });

  test('goes on after the server breaks sessions off', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const logger = listeningLogger();
    const opened = logger.seen('mailbox-opened');
    const stop = start(consumerOf(dovecot, database, { logger, pollMs: anHourMs }));
    await opened;
    for (let round = 0; round < 3; round += 1) {
      const broken = logger.seen('mailbox-interrupted');
      const reopened = logger.seen('mailbox-opened');
      const filed = logger.seen('intake-round');
      await deliver(dovecot, dropbox, mailOf());
      await dovecot.killSessions();
      expect(await broken).toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
      await reopened;
      await filed;
    }
    await eventually(async () => (await folderCounts(dovecot))['INBOX'] === 0, {
      what: 'an empty inbox',
    });
    await stop();
    expect((await historyTotals(database)).entries.copy).toBe(3);
  });

  test('waits while another process has the mailbox, and takes over when it stops', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const [first, second] = [listeningLogger(), listeningLogger()];
    const opened = first.seen('mailbox-opened');
    const options = { pollMs: anHourMs, leaseTtlMs: 300 };
    const stopFirst = start(consumerOf(dovecot, database, { ...options, logger: first }));
    await opened;
    const held = second.seen('mailbox-held-by-another');
    const stopSecond = start(consumerOf(dovecot, database, { ...options, logger: second }));
    await held;
    const filedByFirst = first.seen('intake-round');
    await deliver(dovecot, dropbox, mailOf());
    expect(await filedByFirst).toMatchObject({ done: 1 });
    const takenOver = second.seen('mailbox-opened');
    await stopFirst();
    await takenOver;
    const filedBySecond = second.seen('intake-round');
    await deliver(dovecot, dropbox, mailOf());
    expect(await filedBySecond).toMatchObject({ done: 1 });
    await stopSecond();
  });

  test('begins a new epoch when the folder is made anew, and doubles nothing', async () => {
    const database = await openHistory();
    const dropbox = await register(database);
    const raw = Buffer.concat([
      Buffer.from(`Delivered-To: ${dropbox}\r\nReceived: from a by b; Mon\r\n`),
      mailOf(),
    ]);
    const put = (): Promise<unknown> =>
      withClient(dovecot, async (client) => {
        await client.mailboxCreate('Copies');
        await client.append('Copies', raw);
      });
    await put();
    const logger = listeningLogger();
    const mailbox = createImapMailbox({ ...dovecot.imap, folder: 'Copies' });
    const filed = logger.seen('intake-round');
    const stop = start(consumerOf(dovecot, database, { logger, mailbox, pollMs: 100 }));
    expect(await filed).toMatchObject({ done: 1 });
    const broken = logger.seen('mailbox-interrupted');
    await withClient(dovecot, (client) => client.mailboxDelete('Copies'));
    expect(await broken).toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    const again = logger.seen('intake-round');
    await put();
    expect(await again).toMatchObject({ duplicates: 1, moved: 1 });
    await stop();
    await withClient(dovecot, (client) => client.mailboxDelete('Copies'));
    expect((await historyTotals(database)).entries.copy).toBe(1);
  });

  test('stops at a refused login, and tells the password to nobody', async () => {
    const database = await openHistory();
    const told: string[] = [];
    const keep = (event: string, fields?: LogFields): void => {
      told.push(event, inspect(fields, { depth: 9 }));
    };
    const logger: Logger = {
      debug: keep,
      info: keep,
      warn: keep,
      error: keep,
      child: () => logger,
    };
    const password = 'wrong-pässword';
    const mailbox = createImapMailbox({ ...dovecot.imap, password, logger });
    const consumer = consumerOf(dovecot, database, { logger, mailbox });
    const error = await consumer.run(new AbortController().signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'MAILBOX_LOGIN_REFUSED' });
    const all = `${inspect(error, { depth: 9, showHidden: true })} ${told.join(' ')}`;
    expect(told).toContain('mailbox-login-refused');
    expect(all).not.toContain(password);
    expect(all).not.toContain(Buffer.from(`\0dropbox\0${password}`).toString('base64'));
  });

  test('ends at once on the signal, whatever it was doing', async () => {
    const database = await openHistory();
    await expect(consumerOf(dovecot, database).run(AbortSignal.abort())).resolves.toBeUndefined();
    const beginning = start(consumerOf(dovecot, database));
    await expect(beginning()).resolves.toBeUndefined();
    const logger = listeningLogger();
    const opened = logger.seen('mailbox-opened');
    const idle = start(consumerOf(dovecot, database, { logger, pollMs: anHourMs }));
    await opened;
    await expect(idle()).resolves.toBeUndefined();
    // the lease was given back each time
    expect(await consumerOf(dovecot, database).round()).toMatchObject({ seen: 0 });
  });
});
