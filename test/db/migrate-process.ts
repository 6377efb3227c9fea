/**
 * A process of its own that waits for a line on standard input, migrates the database given as
 * argument, and prints how many migrations it applied.
 */
import { once } from 'node:events';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';

const database = openDatabase({ file: process.argv[2] ?? '' });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const report = await migrateDatabase(database);
process.stdout.write(`${report.appliedCount}\n`);
await database.close();
process.stdin.destroy();
