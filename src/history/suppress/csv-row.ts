import type { Problem } from '../../runtime/errors.ts';
import type { CsvColumns, CsvField } from './csv-columns.ts';
import { reasonOfCell, saysInOrder, timeOfCell, unescapedCell } from './csv-values.ts';
import type { WantedSuppression } from './suppression-book.ts';
import { checkTarget } from './suppress-requests.ts';

/** What holds for all rows of a file. */
export interface RowDefaults {
  /** Whatever the file says; default: its column `tenant`, else `default`. */
  readonly tenant?: string;
  /** For mail of this sender only. */
  readonly sender?: string;
  /** The column of addresses holds domains. */
  readonly areDomains: boolean;
  /** Where a row tells no reason. */
  readonly reason: string;
  /** Until so many days from now, where a row tells no end. */
  readonly days?: number;
  /** Who imports. */
  readonly by: string;
}

/** What a row came to. */
export type RowReading =
  | { readonly kind: 'wanted'; readonly wanted: WantedSuppression; readonly isDateless: boolean }
  /** It ended before now. */
  | { readonly kind: 'over' }
  | { readonly kind: 'bad'; readonly problems: readonly Problem[] };

const dayMs = 86_400_000;

/**
 * Reads one row of a file; pure.
 *
 * @param now ms since 1970
 */
export function readRow(
  cells: readonly string[],
  columns: CsvColumns,
  defaults: RowDefaults,
  now: number,
): RowReading {
  const cellAt = (place: number | undefined): string | undefined => {
    const text = place === undefined ? undefined : cells[place]?.trim();
    if (text === undefined || text === '') return undefined;
    return columns.isOwn ? unescapedCell(text) : text;
  };
  const cell = (field: CsvField): string | undefined => cellAt(columns.places[field]);
  const why = columns.why.flatMap(({ place, name }) => {
    const text = cellAt(place);
    return text === undefined ? [] : [{ name, text }];
  });
  const problems: Problem[] = [];
  const target = checkTarget(targetOf(cell, columns.isOwn, defaults), problems);

  const endText = cell('expires');
  const end = endText === undefined ? undefined : timeOfCell(endText);
  if (endText !== undefined && end === undefined) {
    problems.push({ field: 'expires', message: `is no time that we can read: ${shown(endText)}` });
  }
  const inOrder = columns.isOwn ? undefined : why.find(({ text }) => saysInOrder(text));
  if (inOrder !== undefined) {
    const message = `says ${shown(inOrder.text)}: that is no reason to suppress`;
    problems.push({ field: inOrder.name, message });
  }
  const scope = cell('scope');
  if (columns.isOwn && target !== undefined && scope !== target.scope.kind) {
    problems.push({ field: 'scope', message: `is not that of the row: ${target.scope.kind}` });
  }
  if (target === undefined || problems.length > 0) return { kind: 'bad', problems };

  const createdText = cell('created');
  const created = createdText === undefined ? undefined : timeOfCell(createdText);
  const expiresAt = end ?? (defaults.days === undefined ? undefined : now + defaults.days * dayMs);
  if (expiresAt !== undefined && expiresAt <= now) return { kind: 'over' };
  const evidence = columns.isOwn
    ? why.find(({ name }) => name === 'evidence')?.text
    : why.map(({ name, text }) => `${name}: ${text}`).join('; ');
  const wanted = {
    ...target,
    reason: why.map(({ text }) => reasonOfCell(text)).find(isDefined) ?? defaults.reason,
    source: cell('source') ?? defaults.by,
    since: Math.min(created ?? now, now),
    ...(evidence === undefined || evidence === '' ? {} : { evidence }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { kind: 'wanted', wanted, isDateless: createdText !== undefined && created === undefined };
}

function targetOf(
  cell: (field: CsvField) => string | undefined,
  isOwn: boolean,
  defaults: RowDefaults,
) {
  const tenant = defaults.tenant ?? cell('tenant');
  const address = cell('address');
  const domain = cell('domain');
  // Elsewhere it is who sent the mail that came back, and says nothing of mail of others.
  const sender = defaults.sender ?? (isOwn ? cell('sender') : undefined);
  const of = tenant === undefined ? {} : { tenant };
  if (defaults.areDomains) return { ...of, domain: domain ?? address ?? '' };
  // Some files have the domain of each address beside it.
  if (address === undefined && domain !== undefined) return { ...of, domain };
  return {
    ...of,
    ...(address === undefined ? {} : { address }),
    ...(sender === undefined ? {} : { sender }),
  };
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

/** As much of a cell as a message needs. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
