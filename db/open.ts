import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { messageOf, OnbehalfError } from '../src/runtime/errors.ts';
import * as schema from './sqlite/schema.ts';

/** How long a statement waits for another process that writes, in milliseconds. */
const busyTimeoutMs = 10_000;

/** The query builder over our tables. */
type HistoryOrm = BetterSQLite3Database<typeof schema> & {
  readonly $client: Database.Database;
};

interface Connection {
  readonly client: Database.Database;
  readonly orm: HistoryOrm;
}

function connect(file: string): Connection {
  const client = new Database(file, { timeout: busyTimeoutMs });
  // WAL alone would mean NORMAL in this build: the last commits could be lost with the power,
  // after their events were trimmed from Redis.
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  client.pragma('secure_delete = ON');
  client.pragma('temp_store = MEMORY');
  return { client, orm: drizzle(client, { schema }) };
}

/** The query builder inside a transaction; its calls are synchronous. */
export type HistoryTransaction = Parameters<Parameters<HistoryOrm['transaction']>[0]>[0];

/** An open history database. Only the functions of the history room look inside. */
export interface HistoryDatabase extends AsyncDisposable {
  /** Absolute path of the file. */
  readonly file: string;
  readonly orm: HistoryOrm;
  /**
   * Runs a body in one write transaction. It takes the write lock at its beginning: one that reads
   * first and asks for the lock later fails at once when another process writes, whatever the
   * time-out. The body must not be asynchronous.
   */
  write<Result>(body: (transaction: HistoryTransaction) => Result): Result;
  /** Closes it; may be called twice. */
  close(): Promise<void>;
}

/** What {@link openDatabase} takes. */
export interface DatabaseOptions {
  /** Path of the SQLite file. It is made, for its owner only, where it does not exist. */
  readonly file: string;
}

/**
 * Opens the history database, without looking at its schema (see `requireCurrentSchema`).
 *
 * @throws OnbehalfError `DATABASE_UNAVAILABLE`
 */
export function openDatabase(options: DatabaseOptions): HistoryDatabase {
  const file = resolve(options.file);
  const { client, orm } = openFile(file);
  const close = async (): Promise<void> => {
    client.close();
    return Promise.resolve();
  };
  return {
    file,
    orm,
    write: (body) => orm.transaction(body, { behavior: 'immediate' }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function openFile(file: string): Connection {
  try {
    makeForOwnerOnly(file);
    return connect(file);
  } catch (error) {
    throw new OnbehalfError(
      'DATABASE_UNAVAILABLE',
      `the history database ${file} cannot be opened: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** SQLite gives its side files the mode of the database, so this covers them as well. */
function makeForOwnerOnly(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}
