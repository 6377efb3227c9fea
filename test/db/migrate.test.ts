import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { migrateDatabase, pendingMigrations, requireCurrentSchema } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { atEnd } from '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describe('migrateDatabase', () => {
  test('brings an empty database to the current schema, once', async () => {
    const database = open();
    const before = await pendingMigrations(database);
    expect(before).toBeGreaterThan(0);
    expect(await migrateDatabase(database)).toEqual({ appliedCount: before });
    expect(await migrateDatabase(database)).toEqual({ appliedCount: 0 });
    expect(await pendingMigrations(database)).toBe(0);
    await requireCurrentSchema(database);
  });

  test('a database that was not migrated names the command that does it', async () => {
    await expect(requireCurrentSchema(open())).rejects.toMatchObject({
      code: 'MIGRATION_NEEDED',
      message: expect.stringContaining('onbehalf migrate'),
    });
  });

  test('refuses a database that a newer release has written', async () => {
    const database = open();
    await migrateDatabase(database);
    database.orm.run(
      sql`insert into __drizzle_migrations (hash, created_at) values ('later', 99999999999999)`,
    );
    const refusal = { code: 'MIGRATION_FAILED', message: expect.stringContaining('newer release') };
    await expect(migrateDatabase(database)).rejects.toMatchObject(refusal);
    await expect(requireCurrentSchema(database)).rejects.toMatchObject(refusal);
  });

  test('a migration that fails changes nothing', async () => {
    const database = open();
    // In the way of one of the later tables.
    database.orm.run(sql`create table sender (x)`);
    await expect(migrateDatabase(database)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining(database.file),
    });
    const tables = database.orm.all<{ name: string }>(
      sql`select name from sqlite_master where type = 'table' and name in ('contact', 'sender')`,
    );
    expect(tables).toEqual([{ name: 'sender' }]);
    database.orm.run(sql`drop table sender`);
    expect((await migrateDatabase(database)).appliedCount).toBeGreaterThan(0);
  });

  test('waits for another process that migrates, and gives up in time', async () => {
    const database = open();
    const other = new Database(`${database.file}.migrate-lock`);
    other.exec('begin exclusive');
    let now = 0;
    const sleeps: number[] = [];
    const clock: Clock = {
      now: () => now,
      async sleep(ms) {
        sleeps.push(ms);
        now += ms;
        await Promise.resolve();
      },
    };
    await expect(migrateDatabase(database, { clock, waitMs: 1_000 })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('another process'),
    });
    expect(sleeps.length).toBeGreaterThan(1);
    const ends: Clock = {
      now: () => 0,
      async sleep() {
        other.close();
        await Promise.resolve();
      },
    };
    expect((await migrateDatabase(database, { clock: ends })).appliedCount).toBeGreaterThan(0);
  });

  test('of several processes that start at once, one does the work', async () => {
    const file = join(temporaryFolder(), 'history.db');
    const racers = [1, 2, 3].map(() => startProcess(file));
    await Promise.all(racers.map((racer) => racer.line()));
    const answers = racers.map((racer) => racer.line());
    for (const racer of racers) racer.child.stdin.write('go\n');
    const applied = (await Promise.all(answers)).map(Number);
    for (const racer of racers) expect(await racer.exitCode).toBe(0);
    expect(applied.filter((count) => count > 0)).toHaveLength(1);
    expect(applied.filter((count) => count === 0)).toHaveLength(2);
  }, 30_000);

  test('a process that dies while it migrates leaves no lock behind', async () => {
    const database = open();
    const lock = `${database.file}.migrate-lock`;
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `const lock = new (require('better-sqlite3'))(${JSON.stringify(lock)});
         lock.exec('begin exclusive'); console.log('held'); setInterval(() => lock, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const gone = once(holder, 'close');
    atEnd(() => holder.kill('SIGKILL'));
    await once(createInterface({ input: holder.stdout }), 'line');
    const migrated = migrateDatabase(database);
    holder.kill('SIGKILL');
    await gone;
    expect((await migrated).appliedCount).toBeGreaterThan(0);
  });
});

function open(): HistoryDatabase {
  const database = openDatabase({ file: join(temporaryFolder(), 'history.db') });
  atEnd(() => database.close());
  return database;
}

function startProcess(file: string) {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', at('../support/typescript-loader.mjs'), at('migrate-process.ts'), file],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  atEnd(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async (): Promise<string> => String((await lines.next()).value),
    exitCode: once(child, 'close').then(([code]: unknown[]) => code),
  };
}
