import { asc, eq, inArray } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { attachment, attempt, messageSender, sender } from '../../../db/sqlite/schema.ts';
import { noticeKinds, type NoticeKind } from '../notice.ts';
import {
  copyLineOf,
  noticeLineOf,
  sendLineOf,
  type LineSource,
  type TimelineLine,
} from './timeline-line.ts';

/**
 * Reads what belongs to the lines of a page (attempts, attachments, attributions), by three queries
 * however long the page is, and completes the lines.
 */
export function linesOf(
  database: HistoryDatabase,
  page: readonly LineSource[],
): readonly TimelineLine[] {
  const sendRows = page.flatMap((line) => (isNotice(line.kind) ? [] : (line.sendRow ?? [])));
  const copyRows = page.filter((line) => line.kind === 'copy').map((line) => line.messageRow);
  const attempts = groupBy(attemptsOf(database, sendRows), (row) => row.sendRow);
  const files = groupBy(attachmentsOf(database, copyRows), (row) => row.messageRow);
  const attributions = groupBy(attributionsOf(database, copyRows), (row) => row.messageRow);
  return page.map((line) => {
    const { kind, messageRow } = line;
    if (isNotice(kind)) return noticeLineOf(line, kind);
    return kind === 'copy'
      ? copyLineOf(line, files.get(messageRow) ?? [], attributions.get(messageRow) ?? [])
      : sendLineOf(line, kind, attempts.get(line.sendRow ?? 0) ?? []);
  });
}

function isNotice(kind: LineSource['kind']): kind is NoticeKind {
  return (noticeKinds as readonly LineSource['kind'][]).includes(kind);
}

function attemptsOf(database: HistoryDatabase, sendRows: number[]) {
  if (sendRows.length === 0) return [];
  return database.orm
    .select()
    .from(attempt)
    .where(inArray(attempt.sendRow, sendRows))
    .orderBy(asc(attempt.number))
    .all();
}

function attachmentsOf(database: HistoryDatabase, messageRows: number[]) {
  if (messageRows.length === 0) return [];
  return database.orm
    .select()
    .from(attachment)
    .where(inArray(attachment.messageRow, messageRows))
    .orderBy(asc(attachment.position))
    .all();
}

function attributionsOf(database: HistoryDatabase, messageRows: number[]) {
  if (messageRows.length === 0) return [];
  return database.orm
    .select({
      messageRow: messageSender.messageRow,
      rule: messageSender.rule,
      address: sender.address,
    })
    .from(messageSender)
    .innerJoin(sender, eq(sender.id, messageSender.senderId))
    .where(inArray(messageSender.messageRow, messageRows))
    .orderBy(asc(messageSender.id))
    .all();
}

/** Rows by a number of theirs, in their order (`Map.groupBy` came with Node 21). */
function groupBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => number,
): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
