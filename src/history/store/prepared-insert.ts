import { getTableColumns, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { HistoryTransaction } from '../../../db/open.ts';

/** What {@link prepareInsert} gives. */
export interface PreparedInsert<Row> {
  /** Inserts a row and returns its number; undefined where a unique key has it already. */
  insert(row: Row): number | undefined;
}

/**
 * Prepares the insertion of rows into a table. Building and compiling a statement costs ten times
 * more than running it, and a batch has hundreds of rows.
 */
export function prepareInsert<Table extends SQLiteTable>(
  transaction: HistoryTransaction,
  table: Table,
): PreparedInsert<Table['$inferInsert']> {
  const names = Object.keys(getTableColumns(table));
  const placeholders = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]));
  const empty = Object.fromEntries(names.map((name) => [name, null]));
  const statement = transaction
    .insert(table)
    .values(placeholders as Table['$inferInsert'])
    .onConflictDoNothing()
    .prepare();
  return {
    insert(row) {
      const result = statement.run({ ...empty, ...row });
      return result.changes === 0 ? undefined : Number(result.lastInsertRowid);
    },
  };
}
