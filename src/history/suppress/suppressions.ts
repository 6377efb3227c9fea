/**
 * What a person or a program may do with the suppression list: the functions of `history.suppress` and
 * of the verb. Every change is audited with who made it.
 */
import type { HistoryDatabase } from '../../../db/open.ts';
import { validationError, type Problem } from '../../runtime/errors.ts';
import { addSuppressions, removeSuppressions } from './change-suppressions.ts';
import { exportSuppressions } from './export-suppressions.ts';
import {
  importSuppressions,
  type BadLine,
  type ImportOptions,
  type SuppressionImportReport,
} from './import-suppressions.ts';
import {
  auditOfSuppressions,
  readSuppressions,
  type SuppressionAuditLine,
  type SuppressionFilter,
  type SuppressionRecord,
} from './read-suppressions.ts';
import type { AddedSuppression } from './suppression-book.ts';
import {
  checkDefaults,
  checkFilter,
  checkSuppressRequest,
  checkTargets,
  type SuppressionTarget,
  type SuppressRequest,
} from './suppress-requests.ts';

/** Who changes the list. */
export interface Who {
  /** A person or a program, for the audit. */
  readonly by: string;
}

/** How a file is to be read; see docs/suppression.md. */
export interface SuppressionImport extends Who {
  /** For this tenant, whatever the file says; default: its column `tenant`, else `default`. */
  readonly tenant?: string;
  /** For mail of this sender only. */
  readonly sender?: string;
  /** The file has domains in place of addresses. */
  readonly areDomains?: boolean;
  /** Where a row tells no reason; default `import`. */
  readonly reason?: string;
  /** Until so many days from now, where a row tells no end; default: until somebody removes it. */
  readonly days?: number;
  /** Name of the column with the addresses, where it is not one that we know. */
  readonly column?: string;
  /** What is imported, for the audit, e.g. the name of the file; default `a file`. */
  readonly what?: string;
  /** Read and check all of it, write nothing; default false. */
  readonly checkOnly?: boolean;
  /** Told each line that cannot be used. */
  readonly onBadLine?: (bad: BadLine) => void;
  /** Told how many rows were read, now and then. */
  readonly onProgress?: (rowCount: number) => void;
}

/** The suppression list. */
export interface Suppressions {
  /**
   * Entries in pages of at most 500, oldest first.
   *
   * @throws OnbehalfError `INVALID_INPUT`
   */
  list(filter?: SuppressionFilter): AsyncGenerator<readonly SuppressionRecord[]>;
  /** What was done to entries, by their ids (at most 500), oldest first. */
  auditOf(ids: readonly number[]): ReadonlyMap<number, readonly SuppressionAuditLine[]>;
  /**
   * Puts entries in force, all or none. One in force is never shortened: `kept`.
   *
   * @throws OnbehalfError `INVALID_INPUT` with every problem
   */
  add(requests: readonly SuppressRequest[], who: Who): Promise<readonly AddedSuppression[]>;
  /**
   * Ends entries, all or none; for each, whether there was one.
   *
   * @param why for the audit
   * @throws OnbehalfError `INVALID_INPUT` with every problem
   */
  remove(
    targets: readonly SuppressionTarget[],
    who: Who & { readonly why?: string },
  ): Promise<readonly boolean[]>;
  /**
   * Takes entries out of a CSV file; a batch of 1,000 rows is in the list as a whole or not at all.
   *
   * @throws OnbehalfError `INVALID_INPUT`
   */
  importCsv(
    input: AsyncIterable<Uint8Array>,
    request: SuppressionImport,
  ): Promise<SuppressionImportReport>;
  /** The entries in force as the text of a CSV file that {@link Suppressions.importCsv} reads back, in pieces. */
  exportCsv(filter?: Omit<SuppressionFilter, 'past'>): AsyncGenerator<string>;
}

/**
 * The suppression list of a database.
 *
 * @param now ms since 1970
 * @param onChange called after each change, so that it is brought to the workers
 */
export function openSuppressions(
  database: HistoryDatabase,
  now: () => number,
  onChange: () => void = () => undefined,
): Suppressions {
  return {
    list: (filter = {}) => readSuppressions(database, checkFilter(filter)),
    auditOf: (ids) => auditOfSuppressions(database, ids),
    async add(requests, { by }) {
      const problems: Problem[] = [];
      const checked = requests.flatMap((request) => checkSuppressRequest(request, problems) ?? []);
      requireName(by, problems);
      refuse('suppress add', problems);
      const done = await addSuppressions(database, checked, { name: by, at: now() });
      onChange();
      return done;
    },
    async remove(targets, { by, why }) {
      const problems: Problem[] = [];
      const checked = checkTargets(targets, problems);
      requireName(by, problems);
      refuse('suppress remove', problems);
      const actor = { name: by, at: now(), ...(why === undefined ? {} : { why }) };
      const done = await removeSuppressions(database, checked, actor);
      onChange();
      return done;
    },
    async importCsv(input, { areDomains = false, reason = 'import', what = 'a file', ...rest }) {
      const problems: Problem[] = [];
      const sender = checkDefaults({ ...rest, areDomains, reason }, problems);
      requireName(rest.by, problems);
      refuse('suppress import', problems);
      const options: ImportOptions = {
        ...rest,
        ...(sender === undefined ? {} : { sender }),
        areDomains,
        reason,
        what,
        now: now(),
      };
      const report = await importSuppressions(database, input, options);
      onChange();
      return report;
    },
    exportCsv: (filter = {}) => exportSuppressions(database, checkFilter(filter)),
  };
}

function requireName(by: string, problems: Problem[]): void {
  if (by.trim() === '') problems.push({ field: 'by', message: 'is empty: say who does it' });
}

/** What is wrong with several targets alike is told once. */
function refuse(what: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const each = new Map(problems.map((problem) => [`${problem.field} ${problem.message}`, problem]));
  throw validationError('INVALID_INPUT', what, [...each.values()]);
}
