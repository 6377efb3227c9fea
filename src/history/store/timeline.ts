/**
 * A contact's timeline, newest first.
 *
 * A line is an entry (the end of a send, a send held, a copy, a notice) or a send that still waits, which has
 * no entry yet and stands at the time of its first attempt. A page ends with a cursor that names
 * its last line by time, sort and row number, so that lines which arrive meanwhile move nothing.
 *
 * The copy of a mail that turned out to be our own send is left out for a contact who has the send
 * itself on the timeline.
 */
import { and, asc, desc, eq, lt, or, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { HistoryDatabase } from '../../../db/open.ts';
import { contact, contactAddress, historyEntry, message, send } from '../../../db/sqlite/schema.ts';
import { addressKey, type EmailAddress } from '../../mail/address.ts';
import { linesOf } from './timeline-details.ts';
import type { LineSource, TimelineLine } from './timeline-line.ts';

/** Where a page of a timeline ends. */
export interface TimelineCursor {
  /** Ms since 1970. */
  readonly at: number;
  readonly source: 'send' | 'entry';
  readonly id: number;
}

/** Which part of whose timeline is wanted. */
export interface TimelineQuery {
  readonly tenant: string;
  /** One of the contact's addresses. */
  readonly address: EmailAddress;
  /** Most lines of the page; default 50. */
  readonly limit?: number;
  /** `next` of the page before; default: the newest lines. */
  readonly before?: TimelineCursor;
}

/** One page of a timeline. */
export interface Timeline {
  readonly contact: {
    readonly contactId: number;
    readonly name?: string;
    readonly addresses: readonly EmailAddress[];
  };
  readonly lines: readonly TimelineLine[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: TimelineCursor;
}

/** A page of a contact's timeline; undefined when no contact has the address. */
export async function timelineOf(
  database: HistoryDatabase,
  query: TimelineQuery,
): Promise<Timeline | undefined> {
  // One transaction, so that no line is in two states on the same page.
  const page = database.orm.transaction(() => readPage(database, query));
  return Promise.resolve(page);
}

function readPage(database: HistoryDatabase, query: TimelineQuery): Timeline | undefined {
  const { orm } = database;
  const owner = orm
    .select({ contactId: contact.id, name: contact.name })
    .from(contactAddress)
    .innerJoin(contact, eq(contact.id, contactAddress.contactId))
    .where(
      and(
        eq(contactAddress.addressKey, addressKey(query.address)),
        eq(contactAddress.tenant, query.tenant),
      ),
    )
    .get();
  if (owner === undefined) return undefined;
  const { contactId, name } = owner;
  const addresses = orm
    .select({ address: contactAddress.address })
    .from(contactAddress)
    .where(eq(contactAddress.contactId, contactId))
    .orderBy(asc(contactAddress.id))
    .all()
    .map((row) => row.address as EmailAddress);

  const limit = query.limit ?? 50;
  const found = [
    ...waitingSends(database, contactId, limit + 1, query.before),
    ...entries(database, contactId, limit + 1, query.before),
  ].toSorted((a, b) => b.at - a.at || rank(a) - rank(b) || b.id - a.id);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    contact: { contactId, ...(name === null ? {} : { name }), addresses },
    lines: linesOf(database, page),
    ...(found.length > limit && last !== undefined
      ? { next: { at: last.at, source: last.source, id: last.id } }
      : {}),
  };
}

/** On the same millisecond, sends that wait come before entries. */
function rank(line: { readonly source: 'send' | 'entry' }): number {
  return line.source === 'send' ? 0 : 1;
}

/** The condition that a line comes after the cursor. */
function after(
  source: 'send' | 'entry',
  at: SQLiteColumn,
  id: SQLiteColumn,
  before: TimelineCursor | undefined,
): SQL | undefined {
  if (before === undefined) return undefined;
  // One comparison of pairs, which the index answers by a jump; two joined by "or" it would scan.
  if (source === before.source) return sql`(${at}, ${id}) < (${before.at}, ${before.id})`;
  return source === 'send' ? lt(at, before.at) : sql`${at} <= ${before.at}`;
}

const messageColumns = {
  messageRow: message.id,
  messageId: message.messageId,
  messageIdHeader: message.messageIdHeader,
  subject: message.subject,
  fromAddress: message.fromAddress,
  fromName: message.fromName,
  headerDate: message.headerDate,
};

function waitingSends(
  database: HistoryDatabase,
  contactId: number,
  limit: number,
  before: TimelineCursor | undefined,
): readonly LineSource[] {
  const rows = database.orm
    .select({
      id: send.id,
      at: send.firstAt,
      kind: send.state,
      sendRow: send.id,
      sendId: send.sendId,
      recipient: send.recipient,
      ...messageColumns,
    })
    .from(send)
    .innerJoin(message, eq(message.id, send.messageRow))
    .where(
      and(
        eq(send.contactId, contactId),
        // As text, because the partial index is found for a constant only.
        sql`${send.state} = 'waiting'`,
        after('send', send.firstAt, send.id, before),
      ),
    )
    .orderBy(desc(send.firstAt), desc(send.id))
    .limit(limit)
    .all();
  const about = { source: 'send', lastAttempt: Number.MAX_SAFE_INTEGER, payload: {} } as const;
  return rows.map((row) => ({ ...row, ...about }));
}

function entries(
  database: HistoryDatabase,
  contactId: number,
  limit: number,
  before: TimelineCursor | undefined,
): readonly LineSource[] {
  const isShownAsSend = sql`exists (
    select 1 from ${send} as own
    where own.message_row = ${historyEntry.messageRow} and own.contact_id = ${contactId}
  )`;
  const rows = database.orm
    .select({
      id: historyEntry.id,
      at: historyEntry.occurredAt,
      kind: historyEntry.kind,
      sendRow: historyEntry.sendRow,
      sendId: send.sendId,
      recipient: send.recipient,
      payload: historyEntry.payload,
      ...messageColumns,
    })
    .from(historyEntry)
    .innerJoin(message, eq(message.id, historyEntry.messageRow))
    .leftJoin(send, eq(send.id, historyEntry.sendRow))
    .where(
      and(
        eq(historyEntry.contactId, contactId),
        or(sql`${historyEntry.kind} <> 'copy'`, sql`not ${isShownAsSend}`),
        after('entry', historyEntry.occurredAt, historyEntry.id, before),
      ),
    )
    .orderBy(desc(historyEntry.occurredAt), desc(historyEntry.id))
    .limit(limit)
    .all();
  return rows.map((row) => ({
    ...row,
    source: 'entry',
    lastAttempt: Number(row.payload['attempt'] ?? 0),
  }));
}
