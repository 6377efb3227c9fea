/**
 * Suppressions out of a CSV file, as other services export them, into the database.
 *
 * Rows are written 1,000 at a time, each time in one transaction: a batch is in the list as a whole or
 * not at all. A row that cannot be read is told with its line and costs only itself. Reading a file
 * again, also after a crash in the middle, adds what is missing and changes nothing else.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HistoryDatabase } from '../../../db/open.ts';
import { readAddress, readDomain } from '../../mail/address.ts';
import { validationError, type Problem } from '../../runtime/errors.ts';
import { writeSuppressions } from './change-suppressions.ts';
import { columnsOfHeader, type CsvColumns } from './csv-columns.ts';
import { readRow, type RowDefaults } from './csv-row.ts';
import { readCsv, type CsvRecord } from './read-csv.ts';
import type { WantedSuppression } from './suppression-book.ts';

/** What {@link importSuppressions} takes. */
export interface ImportOptions extends RowDefaults {
  /** Name of the column with the addresses, where it is not one that we know. */
  readonly column?: string;
  /** What is imported, for the audit, e.g. the name of the file. */
  readonly what: string;
  /** Read and check all of it, write nothing. */
  readonly checkOnly?: boolean;
  /** Ms since 1970. */
  readonly now: number;
  /** Told each line that cannot be used, as it is found. */
  readonly onBadLine?: (bad: BadLine) => void;
  /** Told how many rows were read, after each batch. */
  readonly onProgress?: (rowCount: number) => void;
}

/** A line that cannot be used, and all that is wrong with it. */
export interface BadLine {
  readonly line: number;
  readonly problems: readonly Problem[];
}

/** What an import did. */
export interface SuppressionImportReport {
  /** Rows read, the header not counted. */
  readonly rowCount: number;
  readonly added: number;
  /** Entries that last longer now, or have a weightier reason. */
  readonly raised: number;
  /** Rows that said no more than what was in force. */
  readonly kept: number;
  /** Rows whose end lies in the past. */
  readonly over: number;
  /** Rows that cannot be used. */
  readonly bad: number;
  /** Rows whose date could not be read: they count from now. */
  readonly dateless: number;
}

const batchMax = 1_000;

/**
 * Imports a file.
 *
 * @throws OnbehalfError `INVALID_INPUT` where no column holds addresses; nothing was written then
 */
export async function importSuppressions(
  database: HistoryDatabase,
  input: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<SuppressionImportReport> {
  const { now, by, what, onBadLine, onProgress, checkOnly = false } = options;
  const report = { rowCount: 0, added: 0, raised: 0, kept: 0, over: 0, bad: 0, dateless: 0 };
  let batch: WantedSuppression[] = [];
  let columns: CsvColumns | undefined;

  const isBad = (bad: BadLine): void => {
    report.bad += 1;
    onBadLine?.(bad);
  };
  const take = ({ line, cells }: CsvRecord, known: CsvColumns): void => {
    report.rowCount += 1;
    const reading = readRow(cells, known, options, now);
    switch (reading.kind) {
      case 'bad':
        isBad({ line, problems: reading.problems });
        return;
      case 'over':
        report.over += 1;
        return;
      case 'wanted':
        if (reading.isDateless) report.dateless += 1;
        batch.push(reading.wanted);
    }
  };
  const write = async (): Promise<void> => {
    if (!checkOnly && batch.length > 0) {
      const actor = { name: by, at: now, why: `import of ${what}` };
      for (const done of await writeSuppressions(database, batch, 'imported', actor)) {
        report[done] += 1;
      }
    }
    batch = [];
    onProgress?.(report.rowCount);
    // Others of this process, and other processes that write, come in between.
    await nextTurn();
  };

  for await (const records of readCsv(input)) {
    for (const record of records) {
      if ('message' in record) {
        const { line, message } = record;
        report.rowCount += 1;
        isBad({ line, problems: [{ field: 'line', message }] });
        continue;
      }
      if (columns === undefined) {
        const first = columnsByFirst(record.cells, options);
        columns = first.columns;
        if (first.isHeader) continue;
      }
      take(record, columns);
      if (batch.length >= batchMax) await write();
    }
  }
  await write();
  return report;
}

/** The columns, by the first record: a header, or a row that shows where the addresses stand. */
function columnsByFirst(
  cells: readonly string[],
  { column, areDomains }: ImportOptions,
): { readonly columns: CsvColumns; readonly isHeader: boolean } {
  const looksRight = (cell: string): boolean =>
    areDomains ? readDomain(cell.toLowerCase()) !== undefined : readAddress(cell).ok;
  const place = cells.findIndex((cell) => looksRight(cell.trim()));
  if (column === undefined && place >= 0) {
    return { columns: { places: { address: place }, why: [], isOwn: false }, isHeader: false };
  }
  const columns = columnsOfHeader(cells, column);
  if (columns !== undefined) return { columns, isHeader: true };
  const names = cells.map((cell) => JSON.stringify(cell.slice(0, 40))).join(', ');
  const message =
    column === undefined
      ? `no column is known to hold addresses, of ${names}: name it with --column`
      : `there is no such column, of ${names}`;
  throw validationError('INVALID_INPUT', 'import', [{ field: 'column', message }]);
}
