/**
 * What intake tests share: one Dovecot for the file, a history database, a registered sender, and
 * mails to deliver.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { migrateDatabase } from '../../../db/migrate.ts';
import { openDatabase } from '../../../db/open.ts';
import type { HistoryDatabase } from '../../../db/open.ts';
import { intake } from '../../../db/sqlite/schema.ts';
import { deliverByLmtp } from '../../../src/demo/deliver.ts';
import { startDovecot } from '../../../src/demo/dovecot.ts';
import type { Dovecot } from '../../../src/demo/dovecot.ts';
import { bindIntakeStore } from '../../../src/history/intake/bind-intake-store.ts';
import { createMailboxConsumer } from '../../../src/history/intake/consume-mailbox.ts';
import type {
  MailboxConsumer,
  MailboxConsumerOptions,
} from '../../../src/history/intake/consume-mailbox.ts';
import { createCopyParser } from '../../../src/history/intake/copy-parser.ts';
import { dropboxAddressOf } from '../../../src/history/intake/dropbox-token.ts';
import type { DropboxAddressing } from '../../../src/history/intake/dropbox-token.ts';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import { addSender } from '../../../src/history/store/senders.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { base32 } from '../../../src/mail/base32.ts';
import type { Keyring } from '../../../src/mail/keyring.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { atEnd } from '../../support/leftovers.ts';
import { parseThreadUrl } from '../../support/parse-thread-url.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const addressing: DropboxAddressing = { prefix: 'dropbox', domain: 'in.crm.example' };
export const keyring: Keyring = { current: 'a', keys: { a: Buffer.alloc(32, 7) } };
export const tenant = 'default';

/** A mail of one sender, as her mail program writes it. */
export interface MailParts {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly messageId?: string;
  readonly header?: readonly string[];
  readonly body?: string;
}

/** The bytes of a mail. */
export function mailOf(parts: MailParts = {}): Buffer {
  const { from = 'Jane Doe <jane@acme.example>', to = 'Carl <carl@contact.example>' } = parts;
  const { subject = 'Hello', messageId = `<${base32(randomBytes(10))}@acme.example>` } = parts;
  const lines = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: ${messageId}`,
    'Date: Mon, 23 Nov 2026 08:30:15 +0100',
    ...(parts.header ?? []),
    '',
    parts.body ?? 'All well?',
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

/** A database with the current schema, closed at the end of the file. */
export async function openHistory(): Promise<HistoryDatabase> {
  const database = openDatabase({ file: join(temporaryFolder(), 'history.db') });
  atEnd(() => database.close());
  await migrateDatabase(database);
  return database;
}

/** Registers a sender and returns her dropbox address. */
export async function register(
  database: HistoryDatabase,
  address = 'jane@acme.example',
): Promise<EmailAddress> {
  const added = await addSender(
    database,
    { tenant, name: 'Jane Doe', address: address as EmailAddress },
    () => base32(randomBytes(16)),
    Date.now(),
  );
  if (added.kind === 'exists') throw new Error(`${address} is registered already`);
  return dropboxAddressOf(added.token, addressing);
}

/** A Dovecot for the whole test file. */
export async function openMailHouse(): Promise<Dovecot> {
  const dovecot = await startDovecot({ users: [{ name: 'dropbox', password: 'top-secret' }] });
  atEnd(() => dovecot.stop());
  return dovecot;
}

/** Delivers a mail as our receiving server would. */
export async function deliver(dovecot: Dovecot, rcptTo: string, message: Buffer): Promise<void> {
  const [answer] = await deliverByLmtp(dovecot.lmtp, {
    mailFrom: 'jane@acme.example',
    rcptTo: [rcptTo],
    message,
  });
  if (answer?.reply.code !== 250) throw new Error(`not delivered: ${answer?.reply.text}`);
}

const parser = createCopyParser({ threadUrl: parseThreadUrl });
atEnd(() => parser.close());

/** A consumer of the Dovecot's mailbox, on real parts; copies arrive there. */
export function consumerOf(
  dovecot: Dovecot,
  database: HistoryDatabase,
  options: Partial<MailboxConsumerOptions> = {},
): MailboxConsumer {
  return noticeConsumerOf(dovecot, database, { addressing, ...options });
}

/** The same for a mailbox that only notices arrive in. */
export function noticeConsumerOf(
  dovecot: Dovecot,
  database: HistoryDatabase,
  options: Partial<MailboxConsumerOptions> = {},
): MailboxConsumer {
  return createMailboxConsumer({
    mailbox: createImapMailbox(dovecot.imap),
    store: bindIntakeStore(database, systemClock),
    parser,
    keyring,
    holder: base32(randomBytes(5)),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
    ...options,
  });
}

/** State, reason and rule of all recorded mails, in the order of their UIDs. */
export function intakeRows(database: HistoryDatabase) {
  const rows = database.orm.select().from(intake).orderBy(intake.id).all();
  return rows.map(({ state, reason, rule, detail, movedAt }) => ({
    state,
    reason,
    rule,
    detail,
    moved: movedAt !== null,
  }));
}

/** Uses a plain IMAP session, as a person with a mail program would. */
export async function withClient<Result>(
  dovecot: Dovecot,
  use: (client: ImapFlow) => Promise<Result>,
): Promise<Result> {
  const { host, port, user, password } = dovecot.imap;
  const auth = { user, pass: password };
  const client = new ImapFlow({
    host,
    port,
    secure: false,
    doSTARTTLS: false,
    auth,
    logger: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.logout();
  }
}

/** How many mails lie in each folder. */
export async function folderCounts(dovecot: Dovecot): Promise<Readonly<Record<string, number>>> {
  return withClient(dovecot, async (client) => {
    const counts: Record<string, number> = {};
    for (const folder of ['INBOX', 'Processed', 'Failed']) {
      const status = await client.status(folder, { messages: true });
      counts[folder] = status === false ? -1 : (status.messages ?? -1);
    }
    return counts;
  });
}

/** Removes all mail from the folders, for the next test. */
export async function emptyFolders(dovecot: Dovecot): Promise<void> {
  await withClient(dovecot, async (client) => {
    for (const folder of ['INBOX', 'Processed', 'Failed']) {
      const { exists } = await client.mailboxOpen(folder);
      if (exists > 0) await client.messageDelete('1:*');
    }
  });
}
