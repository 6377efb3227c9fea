import type { Command } from 'commander';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import { readConfig } from './context.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf migrate`. */
export function addMigrateVerb(program: Command): void {
  addVerb(
    program,
    'migrate',
    'Bring the history database to the current schema (makes it where there is none).',
    'onbehalf migrate',
  ).action(async (_options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    const config = await readConfig(globals);
    await using database = openDatabase({ file: config.database.file });
    const { appliedCount } = await migrateDatabase(database);
    terminal.line(
      appliedCount === 0
        ? `${database.file} is up to date.`
        : `${database.file}: applied ${appliedCount} migration${appliedCount === 1 ? '' : 's'}.`,
    );
    terminal.json({ file: database.file, applied: appliedCount });
  });
}
