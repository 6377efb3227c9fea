import { stringify } from 'csv-stringify/sync';
import type { HistoryDatabase } from '../../../db/open.ts';
import { ownColumns } from './csv-columns.ts';
import { escapedCell } from './csv-values.ts';
import {
  readSuppressions,
  type SuppressionFilter,
  type SuppressionRecord,
} from './read-suppressions.ts';

/**
 * The suppressions in force as the text of a CSV file that an import reads back, in pieces. Cells that
 * a spreadsheet would take for formulas have an apostrophe in front, which the import takes away.
 */
export async function* exportSuppressions(
  database: HistoryDatabase,
  filter: Omit<SuppressionFilter, 'past'> = {},
): AsyncGenerator<string> {
  yield stringify([ownColumns]);
  for await (const page of readSuppressions(database, filter)) {
    yield stringify(page.map(rowOf), { cast: { string: escapedCell } });
  }
}

function rowOf(record: SuppressionRecord): readonly (string | undefined)[] {
  const { tenant, scope, address, sender, domain, reason, source, evidence } = record;
  const ends = record.expiresAt === undefined ? undefined : timeOf(record.expiresAt);
  const who = [tenant, scope, address, sender, domain];
  return [...who, reason, source, evidence, timeOf(record.since), ends];
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
