import { expect, test } from '@jest/globals';
import { is, sql } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import * as schema from '../../db/sqlite/schema.ts';
import { testDatabase } from '../support/history.ts';

const tables = Object.values(schema)
  .filter((each) => is(each, SQLiteTable))
  .map((each) => getTableConfig(each));

test('the committed migrations give the tables and indexes of the schema', async () => {
  const { orm } = await testDatabase();
  const columnsOf = (table: string): unknown[] =>
    orm
      .all<{ name: string; notnull: number }>(sql.raw(`pragma table_info(${table})`))
      .map((column) => ({ name: column.name, notNull: column.notnull === 1 }));
  expect(tables.length).toBeGreaterThan(10);
  for (const table of tables) {
    // A column that a later migration adds stands last in the database.
    const wanted = table.columns.map(({ name, notNull }) => ({ name, notNull }));
    expect(new Set(columnsOf(table.name))).toEqual(new Set(wanted));
  }
  const indexes = orm
    .all<{
      name: string;
    }>(sql`select name from sqlite_master where type = 'index' and sql is not null`)
    .map((row) => row.name);
  const wanted = tables.flatMap((table) => table.indexes.map((each) => each.config.name));
  expect(indexes.toSorted()).toEqual(wanted.toSorted());
  const made = orm
    .all<{ name: string }>(sql`select name from sqlite_master where type = 'table'`)
    .map((row) => row.name)
    .filter((name) => !/^(?:sqlite_|__drizzle_)/.test(name));
  expect(made.toSorted()).toEqual(tables.map((table) => table.name).toSorted());
});

test('a tenant is part of every unique key, but where the key tells the tenant or has none', () => {
  const exceptions = ['dropbox_token', 'mailbox_cursor_epoch', 'intake_uid', 'notice_of_send'];
  const unique = tables
    .flatMap((table) => table.indexes)
    .filter((each) => each.config.unique)
    .map((each) => ({
      name: each.config.name,
      columns: each.config.columns.map((column) => ('name' in column ? column.name : '')),
    }));
  const without = unique.filter((each) => !each.columns.includes('tenant'));
  expect(without.map((each) => each.name).toSorted()).toEqual(exceptions.toSorted());
});
