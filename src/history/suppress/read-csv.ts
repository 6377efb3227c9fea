/**
 * Records out of a CSV file of whatever make, as a stream: comma, semicolon or tab, whichever the first
 * line has most of; quoted cells, with line ends in them too; lines of different lengths.
 *
 * What lies within a record is the library's business. Where one ends is ours, because the library's own
 * stream swallows what comes after a stray quote: a line with an even number of quotes, or one that is a
 * record by itself, is one; else the next lines belong to it. Where that leads to no record, its first
 * line is told, and the next line begins anew: a damaged line costs itself and nothing else.
 */
import { parse } from 'csv-parse/sync';
import { textLines, type TextLine } from './text-lines.ts';

/** A line, or the lines, of a file. */
export interface CsvRecord {
  /** Number of its first line, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A line that is no record. */
export interface UnreadableLine {
  readonly line: number;
  readonly message: string;
}

const charactersMax = 64 * 1024;
/** More lines in one record mean a quote that nobody closed. */
const linesMax = 100;
/** Lines that the library gets at once. */
const linesPerCall = 200;

/** The records of a file, and the lines that are none, in their order; those of some 200 lines at a time. */
export async function* readCsv(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly (CsvRecord | UnreadableLine)[]> {
  let delimiter: string | undefined;
  let held: TextLine[] = [];

  /** Takes the records out of what is held; what may go on in the next line stays. */
  const take = (isEnd: boolean): readonly (CsvRecord | UnreadableLine)[] => {
    const records: (CsvRecord | UnreadableLine)[] = [];
    let lines: readonly TextLine[] = held;
    while (lines.length > 0) {
      const found = firstRecord(lines, delimiter ?? ',', isEnd);
      if (found === 'more') break;
      if ('message' in found) records.push(found);
      else records.push(...found.records);
      lines = lines.slice('message' in found ? 1 : found.lineCount);
    }
    held = [...lines];
    return records;
  };

  for await (const line of textLines(input, charactersMax)) {
    if (line.text.trim() === '' && held.length === 0) continue;
    delimiter ??= delimiterOf(line.text);
    held.push(line);
    if (held.length >= linesPerCall) yield take(false);
  }
  yield take(true);
}

/** The first record of some lines, or the records of all of them where each is one. */
function firstRecord(
  lines: readonly TextLine[],
  delimiter: string,
  isEnd: boolean,
):
  { readonly records: readonly CsvRecord[]; readonly lineCount: number } | UnreadableLine | 'more' {
  const plainCount = lines.findIndex((line) => !isPlain(line));
  const plain = plainCount < 0 ? lines : lines.slice(0, plainCount);
  if (plain.length > 0) {
    const filled = plain.filter(({ text }) => text.trim() !== '');
    const rows = parsed(filled.map(({ text }) => text).join('\n'), delimiter);
    if (Array.isArray(rows) && rows.length === filled.length) {
      const records = rows.map((cells, index) => ({ line: filled[index]?.number ?? 0, cells }));
      return { records, lineCount: plain.length };
    }
    const good = recordsUpToTheFirstBad(plain, delimiter);
    if (good.lineCount > 0) return good;
  }
  const [first] = lines;
  if (first === undefined) return 'more';
  const line = first.number;
  if (first.isCut === true) return { line, message: `has over ${charactersMax} characters` };
  for (let count = 1; count <= Math.min(lines.length, linesMax); count += 1) {
    const some = lines.slice(0, count);
    const rows = parsed(some.map(({ text }) => text).join('\n'), delimiter);
    if (Array.isArray(rows)) {
      const [cells, ...others] = rows;
      if (others.length > 0) break;
      return { records: cells === undefined ? [] : [{ line, cells }], lineCount: count };
    }
    if (rows !== 'CSV_QUOTE_NOT_CLOSED') break;
    if (count === lines.length && !isEnd && count < linesMax) return 'more';
  }
  return { line, message: 'has a quote that is not closed, or text after a closing one' };
}

function recordsUpToTheFirstBad(lines: readonly TextLine[], delimiter: string) {
  const records: CsvRecord[] = [];
  for (const [lineCount, { number: line, text }] of lines.entries()) {
    const rows = parsed(text, delimiter);
    if (!Array.isArray(rows)) return { records, lineCount };
    records.push(...rows.map((cells) => ({ line, cells })));
  }
  return { records, lineCount: lines.length };
}

/** Whether a line is a record by itself, whatever stands in it. */
function isPlain({ text, isCut }: TextLine): boolean {
  if (isCut === true) return false;
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 0;
}

/** The records of a text, or the code of what is wrong with it. */
function parsed(text: string, delimiter: string): string[][] | string {
  if (text === '') return [];
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      trim: true,
    });
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('CSV_')) throw error;
    return code;
  }
}

/** Which separator the first line has most of, outside of quotes. */
function delimiterOf(line: string): string {
  const bare = line.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}
