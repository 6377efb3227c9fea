import { asc, eq, inArray } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { attachment, attempt, messageSender, sender } from '../../../db/sqlite/schema.ts';
import { copyLineOf, sendLineOf, type LineSource, type TimelineLine } from './timeline-line.ts';

/**
 * Reads what belongs to the lines of a page (attempts, attachments, attributions), by three queries
 * however long the page is, and completes the lines.
 */
export function linesOf(
  database: HistoryDatabase,
  page: readonly LineSource[],
): readonly TimelineLine[] {
  const { orm } = database;
  const sendRows = page.flatMap((line) => line.sendRow ?? []);
  const copyRows = page.filter((line) => line.kind === 'copy').map((line) => line.messageRow);
  const attempts = groupBy(
    orm
      .select()
      .from(attempt)
      .where(inArray(attempt.sendRow, sendRows))
      .orderBy(asc(attempt.number))
      .all(),
    (row) => row.sendRow,
  );
  const files = groupBy(
    orm
      .select()
      .from(attachment)
      .where(inArray(attachment.messageRow, copyRows))
      .orderBy(asc(attachment.position))
      .all(),
    (row) => row.messageRow,
  );
  const attributions = groupBy(
    orm
      .select({
        messageRow: messageSender.messageRow,
        rule: messageSender.rule,
        address: sender.address,
      })
      .from(messageSender)
      .innerJoin(sender, eq(sender.id, messageSender.senderId))
      .where(inArray(messageSender.messageRow, copyRows))
      .orderBy(asc(messageSender.id))
      .all(),
    (row) => row.messageRow,
  );
  return page.map((line) =>
    line.kind === 'copy'
      ? copyLineOf(line, files.get(line.messageRow) ?? [], attributions.get(line.messageRow) ?? [])
      : sendLineOf(line, line.kind, attempts.get(line.sendRow ?? 0) ?? []),
  );
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
