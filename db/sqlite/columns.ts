/**
 * The column adapter for SQLite: the few building blocks that the table definitions are made of.
 *
 * `schema.ts` uses nothing but these names, so a second dialect is a second file with the same
 * exports and the same table definitions beside it. What differs stays here: SQLite keeps times as
 * integer milliseconds, truth values as 0 and 1, and JSON as text.
 */
import { sql } from 'drizzle-orm';
import {
  index as sqliteIndex,
  integer as sqliteInteger,
  sqliteTable,
  text as sqliteText,
  uniqueIndex as sqliteUniqueIndex,
} from 'drizzle-orm/sqlite-core';

/** Defines a table: name, columns, and a function that gives its indexes. */
export const table = sqliteTable;

/** An index over several columns. */
export const index = sqliteIndex;

/** A unique index over several columns; rows with a null in one of them never collide. */
export const uniqueIndex = sqliteUniqueIndex;

/** A condition or expression in SQL that every dialect understands. */
export const expression = sql;

/**
 * The primary key of rows that we number ourselves: rising, and never given twice even after the
 * last row was erased, since entries and cursors refer to it.
 */
export const rowNumber = () => sqliteInteger('id').primaryKey({ autoIncrement: true });

/** A text of any length. */
export const text = (name: string) => sqliteText(name);

/** A text out of a closed list; the database does not check it, the type does. */
export const word = <Word extends string>(name: string) => sqliteText(name).$type<Word>();

/** A whole number of up to 53 bits. */
export const integer = (name: string) => sqliteInteger(name);

/** A moment, in milliseconds since 1970. */
export const moment = (name: string) => sqliteInteger(name);

/** A value kept as JSON. */
export const json = <Value>(name: string) => sqliteText(name, { mode: 'json' }).$type<Value>();
