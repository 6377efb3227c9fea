import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../../db/open.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describe('openDatabase', () => {
  test('makes folder and files for their owner only', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    await using database = openDatabase({ file: join(folder, 'history.db') });
    database.orm.run(sql`create table t (x)`);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'history.db')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'history.db-wal')).mode & 0o777).toBe(0o600);
  });

  test('commits survive the loss of power, erased bytes do not survive', async () => {
    await using database = openDatabase({ file: join(temporaryFolder(), 'history.db') });
    const pragma = (name: string): unknown =>
      Object.values(database.orm.get<Record<string, unknown>>(sql.raw(`pragma ${name}`)))[0];
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('secure_delete')).toBe(1);
    expect(pragma('busy_timeout')).toBe(10_000);
  });

  test('a write begins with the write lock, so that reading first is safe', async () => {
    const file = join(temporaryFolder(), 'history.db');
    await using first = openDatabase({ file });
    await using second = openDatabase({ file });
    second.orm.run(sql`pragma busy_timeout = 0`);
    first.write(() => {
      expect(() => second.write(() => undefined)).toThrow(/locked/);
    });
    expect(second.write(() => 'free')).toBe('free');
  });

  test('a write that throws leaves nothing', async () => {
    await using database = openDatabase({ file: join(temporaryFolder(), 'history.db') });
    database.orm.run(sql`create table t (x)`);
    expect(() =>
      database.write((transaction) => {
        transaction.run(sql`insert into t values (1)`);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(database.orm.all(sql`select * from t`)).toEqual([]);
  });

  test('says which file cannot be opened', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plain'), 'not a folder');
    const file = join(folder, 'plain', 'history.db');
    expect(() => openDatabase({ file })).toThrow(
      expect.objectContaining({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringContaining(file),
      }),
    );
    writeFileSync(join(folder, 'garbage.db'), 'x'.repeat(5_000));
    expect(() => openDatabase({ file: join(folder, 'garbage.db') })).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' }),
    );
  });

  test('may be closed twice', async () => {
    const database = openDatabase({ file: join(temporaryFolder(), 'history.db') });
    await database.close();
    await expect(database.close()).resolves.toBeUndefined();
  });
});
