/**
 * Messages, whichever way they become known: by the first outcome event of one of their sends, by a
 * copy of our own mail in the mailbox, or as a copy that a sender wrote in her own program.
 *
 * Our own message has one row, found by its id. A copy of it that is seen before any event makes
 * the row without content; so does the copy of a mail whose Message-ID has the form of ours: if it
 * is ours, its events will find that row by the id, and replace what the copy said.
 */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { attachment, body, message, messageParty } from '../../../db/sqlite/schema.ts';
import { addressKey, type EmailAddress, type Mailbox } from '../../mail/address.ts';
import type { MessageId } from '../../mail/ids.ts';
import type { SendKind } from '../../mail/kinds.ts';
import type { ContactBook } from './contact-book.ts';
import type { MessageRecord } from './message-record.ts';
import { prepareInsert } from './prepared-insert.ts';

/** A row of the message table. */
type MessageRow = typeof message.$inferSelect;

/** What is known of a message of ours. */
interface OwnMessage {
  readonly tenant: string;
  readonly messageId: MessageId;
  /** Absent where only a copy was seen. */
  readonly kind?: SendKind;
  readonly fromAddress?: string;
  readonly occurredAt: number;
  /** Kept, unless a send brought it before. */
  readonly content?: MessageRecord;
}

/** A copy's own fields, beside its content. */
interface CopyMessage {
  readonly tenant: string;
  readonly contentKey: string;
  readonly messageId: MessageId | undefined;
  readonly messageIdHeader: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly headerDate: number | undefined;
  readonly occurredAt: number;
  readonly sizeBytes: number;
}

/** Finds and makes messages inside one transaction. */
export interface MessageBook {
  /** Our message with this id; undefined where we know of none, or of a copy only. */
  findOwn(tenant: string, messageId: MessageId): MessageRow | undefined;
  /** The copy with this content key. */
  findCopy(tenant: string, contentKey: string): MessageRow | undefined;
  /** The row of a message of ours, made where there is none, completed where it lacked something. */
  ensureOwn(own: OwnMessage, now: number): MessageRow;
  /** Adds a copy that is not there yet, with its content; returns its row number. */
  addCopy(copy: CopyMessage, record: MessageRecord, now: number): number;
  /** How an address is named in the To or Cc of a message. */
  nameIn(messageRow: number, address: EmailAddress): string | undefined;
}

/** The messages of a transaction. */
export function openMessageBook(
  transaction: HistoryTransaction,
  contacts: ContactBook,
): MessageBook {
  const messages = prepareInsert(transaction, message);
  const parties = prepareInsert(transaction, messageParty);
  const bodies = prepareInsert(transaction, body);
  const attachments = prepareInsert(transaction, attachment);
  const ofTenant = eq(message.tenant, sql.placeholder('tenant'));
  const byMessageId = transaction
    .select()
    .from(message)
    .where(and(eq(message.messageId, sql.placeholder('messageId')), ofTenant))
    .prepare();
  const byContentKey = transaction
    .select()
    .from(message)
    .where(and(eq(message.contentKey, sql.placeholder('contentKey')), ofTenant))
    .prepare();
  const partiesOf = transaction
    .select({ address: messageParty.address, name: messageParty.name })
    .from(messageParty)
    .where(eq(messageParty.messageRow, sql.placeholder('messageRow')))
    .orderBy(asc(messageParty.id))
    .prepare();

  const addRow = (row: typeof message.$inferInsert): number => {
    const id = messages.insert(row);
    if (id === undefined) throw new TypeError('a message was added that is there already');
    return id;
  };

  const change = (row: MessageRow, changes: Partial<MessageRow>): MessageRow => {
    const names = Object.keys(changes) as (keyof MessageRow)[];
    if (names.every((name) => changes[name] === row[name])) return row;
    transaction.update(message).set(changes).where(eq(message.id, row.id)).run();
    return { ...row, ...changes };
  };

  /** All of a record that has tables of its own. */
  const addDetails = (tenant: string, messageRow: number, record: MessageRecord): void => {
    const fields = { to: record.to, cc: record.cc, 'reply-to': record.replyTo } as const;
    for (const role of ['to', 'cc', 'reply-to'] as const) {
      for (const [position, mailbox] of fields[role].entries()) {
        const { address, name = null } = mailbox;
        parties.insert({ tenant, messageRow, role, position, address, name });
        contacts.learnName(tenant, mailbox);
      }
    }
    const { text = null, html = null } = record;
    bodies.insert({ tenant, messageRow, text, html });
    for (const [position, file] of record.attachments.entries()) {
      attachments.insert({ tenant, messageRow, position, ...file });
    }
  };

  const dropDetails = (messageRow: number): void => {
    transaction.delete(messageParty).where(eq(messageParty.messageRow, messageRow)).run();
    transaction.delete(body).where(eq(body.messageRow, messageRow)).run();
    transaction.delete(attachment).where(eq(attachment.messageRow, messageRow)).run();
  };

  return {
    findOwn(tenant, messageId) {
      const row = byMessageId.get({ tenant, messageId });
      return row?.kind === 'copy' ? undefined : row;
    },
    findCopy: (tenant, contentKey) => byContentKey.get({ tenant, contentKey }),
    ensureOwn(own, now) {
      const { tenant, messageId, kind = null, fromAddress = null, occurredAt, content } = own;
      const found = byMessageId.get({ tenant, messageId });
      if (found === undefined) {
        const row = {
          ...emptyMessage,
          tenant,
          messageId,
          kind,
          fromAddress,
          occurredAt,
          recordedAt: now,
          ...(content === undefined ? {} : contentColumns(content)),
        };
        const id = addRow(row);
        if (content !== undefined) addDetails(tenant, id, content);
        return { ...row, id };
      }
      const takesContent = content !== undefined && found.contentFrom !== 'send';
      if (takesContent) {
        if (found.contentFrom === 'copy') dropDetails(found.id);
        addDetails(tenant, found.id, content);
      }
      return change(found, {
        ...(found.kind === null || found.kind === 'copy' ? { kind: kind ?? found.kind } : {}),
        ...(found.fromAddress === null ? { fromAddress } : {}),
        ...(occurredAt < found.occurredAt ? { occurredAt } : {}),
        ...(takesContent ? contentColumns(content) : {}),
      });
    },
    addCopy(copy, record, now) {
      const { tenant, contentKey, occurredAt, sizeBytes } = copy;
      // Only one row may stand for an id of our form; a second copy that claims it goes without.
      const claimed =
        copy.messageId !== undefined &&
        byMessageId.get({ tenant, messageId: copy.messageId }) !== undefined;
      const messageRow = addRow({
        tenant,
        messageId: claimed ? null : (copy.messageId ?? null),
        contentKey,
        kind: 'copy',
        messageIdHeader: copy.messageIdHeader ?? null,
        inReplyTo: copy.inReplyTo ?? null,
        subject: record.subject ?? null,
        fromAddress: record.from?.address ?? null,
        fromName: record.from?.name ?? null,
        headerDate: copy.headerDate ?? null,
        occurredAt,
        sizeBytes,
        contentFrom: 'copy',
        recordedAt: now,
      });
      addDetails(tenant, messageRow, record);
      return messageRow;
    },
    nameIn(messageRow, address) {
      const key = addressKey(address);
      const found = partiesOf
        .all({ messageRow })
        .find((party) => addressKey(party.address as EmailAddress) === key && party.name !== null);
      return found?.name ?? undefined;
    },
  };
}

const emptyMessage = {
  contentKey: null,
  messageIdHeader: null,
  inReplyTo: null,
  subject: null,
  fromName: null,
  headerDate: null,
  sizeBytes: null,
  contentFrom: null,
  metadata: null,
  variables: null,
};

/** The columns of a message of ours that its content fills. */
function contentColumns(record: MessageRecord) {
  return {
    subject: record.subject ?? null,
    ...(record.from === undefined ? {} : { fromAddress: record.from.address }),
    fromName: record.from?.name ?? null,
    metadata: record.metadata ?? null,
    variables: record.variables ?? null,
    contentFrom: 'send' as const,
  };
}

/** A mailbox out of an address and a name that may be missing. */
export function mailboxOf(address: string, name: string | undefined): Mailbox {
  return { address: address as EmailAddress, ...(name === undefined ? {} : { name }) };
}
