/**
 * Bringing a database to the schema of this release.
 *
 * Migrations are generated from the schema, committed, and shipped with the package. Several
 * processes may start at once: each takes an exclusive lock on a small file beside the database
 * (SQLite's own lock, so the system frees it when its holder crashes), and whoever comes second
 * finds nothing left to do. All migrations of one run are one transaction. A database that a newer
 * release has touched is refused: this release does not know what its columns mean.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { systemClock, type Clock } from '../src/runtime/clock.ts';
import { codeOf, messageOf, OnbehalfError } from '../src/runtime/errors.ts';
import type { HistoryDatabase } from './open.ts';

/** What {@link migrateDatabase} takes besides the database. */
export interface MigrateOptions {
  /** Longest wait for another process that migrates, in milliseconds; default 60 000. */
  readonly waitMs?: number;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/** What {@link migrateDatabase} did. */
export interface MigrationReport {
  /** Migrations applied now; 0 when the schema was current. */
  readonly appliedCount: number;
}

const lockPollMs = 25;

/**
 * Applies the migrations that a database lacks. Safe to call from several processes at once.
 *
 * @throws OnbehalfError `MIGRATION_FAILED` when one fails (nothing is changed then), the lock does
 *   not come free in time, or the database was written by a newer release
 */
export async function migrateDatabase(
  database: HistoryDatabase,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const release = await lockMigrations(database.file, options);
  try {
    const pendingCount = await pendingMigrations(database);
    if (pendingCount > 0) migrate(database.orm, { migrationsFolder: migrationsFolder() });
    return { appliedCount: pendingCount };
  } catch (error) {
    if (codeOf(error) === 'MIGRATION_FAILED') throw error;
    throw new OnbehalfError(
      'MIGRATION_FAILED',
      `the history database ${database.file} could not be migrated: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    release();
  }
}

/**
 * How many migrations a database lacks.
 *
 * @throws OnbehalfError `MIGRATION_FAILED` when it was written by a newer release
 */
export async function pendingMigrations(database: HistoryDatabase): Promise<number> {
  const ours = readMigrationFiles({ migrationsFolder: migrationsFolder() });
  const known = new Set(ours.map((migration) => migration.folderMillis));
  const applied = appliedMigrations(database);
  if (applied.some((at) => !known.has(at))) {
    throw new OnbehalfError(
      'MIGRATION_FAILED',
      `the history database ${database.file} was written by a newer release; upgrade this one`,
    );
  }
  return Promise.resolve(known.size - applied.length);
}

/**
 * Checks that the schema is the one this release works with.
 *
 * @throws OnbehalfError `MIGRATION_NEEDED` when it is older, `MIGRATION_FAILED` when it is newer
 */
export async function requireCurrentSchema(database: HistoryDatabase): Promise<void> {
  if ((await pendingMigrations(database)) === 0) return;
  throw new OnbehalfError(
    'MIGRATION_NEEDED',
    `the history database ${database.file} has an older schema; run \`onbehalf migrate\``,
  );
}

/** Times (they serve as ids) of the migrations that a database has. */
function appliedMigrations(database: HistoryDatabase): readonly number[] {
  const tables = database.orm.all(
    sql`select name from sqlite_master where type = 'table' and name = '__drizzle_migrations'`,
  );
  if (tables.length === 0) return [];
  return database.orm
    .all<{ readonly at: number }>(sql`select created_at as at from __drizzle_migrations`)
    .map((row) => Number(row.at));
}

/** `db/migrations` of the package, seen from the sources (`db/`) or from the build (`dist/db/`). */
function migrationsFolder(): string {
  const fromSources = fileURLToPath(new URL('./migrations', import.meta.url));
  if (existsSync(fromSources)) return fromSources;
  return fileURLToPath(new URL('../../db/migrations', import.meta.url));
}

async function lockMigrations(file: string, options: MigrateOptions): Promise<() => void> {
  const clock = options.clock ?? systemClock;
  const waitMs = options.waitMs ?? 60_000;
  const deadline = clock.now() + waitMs;
  const lock = new Database(`${file}.migrate-lock`, { timeout: 0 });
  for (;;) {
    try {
      lock.exec('begin exclusive');
      return () => lock.close();
    } catch (error) {
      const busy = codeOf(error)?.startsWith('SQLITE_BUSY') === true;
      if (busy && clock.now() < deadline) {
        await clock.sleep(lockPollMs);
        continue;
      }
      lock.close();
      throw new OnbehalfError(
        'MIGRATION_FAILED',
        busy
          ? `another process has been migrating ${file} for over ${waitMs} ms`
          : `the lock ${file}.migrate-lock cannot be taken: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}
