import { join } from 'node:path';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import type { EmailAddress, Mailbox } from '../../src/mail/address.ts';
import { messageIdFromKey, sendIdOf } from '../../src/mail/ids.ts';
import { eventIdOf, type OutcomeEvent } from '../../src/queue/outcome-event.ts';
import type { MessageRecord } from '../../src/history/store/message-record.ts';
import { atEnd } from './leftovers.ts';
import { temporaryFolder } from './temp-folder.ts';

/** A new history database with the current schema, closed at the end of the file. */
export async function testDatabase(folder = temporaryFolder()): Promise<HistoryDatabase> {
  const database = openDatabase({ file: join(folder, 'history.db') });
  atEnd(() => database.close());
  await migrateDatabase(database);
  return database;
}

/** A mailbox from its two parts. */
export function mailbox(address: string, name?: string): Mailbox {
  return { address: address as EmailAddress, ...(name === undefined ? {} : { name }) };
}

/** An event of the message with this key, for a recipient; by default its first attempt is accepted. */
export function outcome(
  messageKey: string,
  recipient: string,
  more: Partial<OutcomeEvent> = {},
): OutcomeEvent {
  const tenant = more.tenant ?? 'default';
  const messageId = messageIdFromKey(tenant, messageKey);
  const sendId = sendIdOf(messageId, recipient);
  const attempt = more.attempt ?? 1;
  return {
    v: 1,
    eventId: eventIdOf(sendId, attempt),
    sendId,
    messageId,
    tenant,
    kind: 'single',
    from: 'jane@acme.example',
    recipient,
    contentKey: `content-of-${messageKey}`,
    attempt,
    result: 'accepted',
    state: 'accepted',
    at: 1_000_000 * attempt,
    mode: 'on-behalf',
    route: 'main',
    reply: { code: 250, enhancedCode: '2.0.0', text: 'queued' },
    ...more,
  };
}

/** A deferral of attempt 1, else as {@link outcome}. */
export function deferral(
  messageKey: string,
  recipient: string,
  more: Partial<OutcomeEvent> = {},
): OutcomeEvent {
  return outcome(messageKey, recipient, {
    result: 'deferred',
    state: 'waiting',
    nextAt: 5_000_000,
    reply: { code: 451, enhancedCode: '4.7.1', text: 'greylisted' },
    ...more,
  });
}

/** The content of a message to these people. */
export function contentTo(...to: readonly Mailbox[]): MessageRecord {
  return {
    from: mailbox('jane@acme.example', 'Jane Roe'),
    to,
    cc: [],
    replyTo: [],
    subject: 'Your offer',
    text: 'Hello,\nhere it is.\n',
    html: '<p>Hello</p>',
    attachments: [
      {
        filename: 'offer.pdf',
        contentType: 'application/pdf',
        sizeBytes: 3,
        sha256: 'ab'.repeat(32),
      },
    ],
    metadata: { deal: '17' },
  };
}
