import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { SuppressionFilter } from '../history/index.ts';
import type { BadLine, SuppressionImportReport } from '../history/suppress/import-suppressions.ts';
import { codeOf, messageOf, validationError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { openSuppressionList, whoRuns } from './suppression-access.ts';
import { printable } from './terminal-text.ts';
import type { Terminal } from './terminal.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `import` and `export` to `onbehalf suppress`. */
export function addSuppressFileVerbs(suppress: Command): void {
  addVerb(
    suppress,
    'import <file>',
    'Take suppressions out of a CSV file, as other services export them; - for standard input.',
    'onbehalf suppress import bounces.csv --tenant acme',
  )
    .option(
      '--tenant <tenant>',
      'customer organisation (default: a column of the file, or default)',
    )
    .option('--scope <scope>', 'what the file has: address, pair (with --sender) or domain')
    .option('--sender <address>', 'for mail of this sender only')
    .option('--reason <reason>', 'where a line tells none', 'import')
    .option('--days <count>', 'for so many days where a line tells no end (default: until removed)')
    .option('--column <name>', 'the column with the addresses or domains')
    .option('--check', 'read and check it, change nothing')
    .option('--by <name>', 'who does it, for the audit (default: the user of the system)')
    .action(async (file: string, options: ImportFlags, command: Command) => {
      const { globals, terminal } = verbCall(command);
      checkScope(options);
      const input = await openInput(file);
      await using access = await openSuppressionList(await readConfig(globals), 'change');
      const { tenant, sender, reason, days, column, check = false } = options;
      const progress = progressOf(terminal);
      const report = await access.list.importCsv(input, {
        ...(tenant === undefined ? {} : { tenant }),
        ...(sender === undefined ? {} : { sender }),
        ...(days === undefined ? {} : { days: Number(days) }),
        ...(column === undefined ? {} : { column }),
        areDomains: options.scope === 'domain',
        reason,
        by: whoRuns(options.by),
        what: file === '-' ? 'standard input' : basename(file),
        checkOnly: check,
        onBadLine: (bad) => {
          progress.clear();
          tellBadLine(terminal, bad);
        },
        onProgress: (rowCount) => progress.show(rowCount),
      });
      progress.clear();
      const mirrored = check ? false : await access.tellWorkers(terminal);
      for (const line of reportText(report, check)) terminal.line(line);
      terminal.json({ ...report, checkOnly: check, mirrored });
      if (report.bad > 0) process.exitCode = 1;
    });

  addVerb(
    suppress,
    'export [file]',
    'Write the suppressions in force as CSV, to standard output where no file is named.',
    'onbehalf suppress export suppressed.csv',
  )
    .option('--tenant <tenant>', 'only this customer organisation')
    .option('--scope <scope>', 'only address, pair or domain')
    .option('--sender <address>', 'only pairs with this sender')
    .option('--domain <domain>', 'only this domain')
    .option('--reason <reason>', 'only for this reason')
    .action(
      async (
        file: string | undefined,
        filter: Omit<SuppressionFilter, 'past' | 'address'>,
        command: Command,
      ) => {
        const { globals, terminal } = verbCall(command);
        await using access = await openSuppressionList(await readConfig(globals), 'read');
        const { tenant, scope, sender, domain, reason } = filter;
        const wanted = withoutUndefined({ tenant, scope, sender, domain, reason });
        if (file !== undefined) {
          // For its owner only: it is a list of people.
          await pipeline(
            Readable.from(access.list.exportCsv(wanted)),
            createWriteStream(file, { mode: 0o600 }),
          );
          terminal.line(`Written to ${file}.`);
          terminal.json({ file });
        } else if (terminal.wantsJson) {
          for await (const page of access.list.list(wanted)) {
            for (const record of page) terminal.json(record);
          }
        } else {
          await pipeline(access.list.exportCsv(wanted), process.stdout, { end: false });
        }
      },
    );
}

interface ImportFlags {
  readonly tenant?: string;
  readonly scope?: string;
  readonly sender?: string;
  readonly reason: string;
  readonly days?: string;
  readonly column?: string;
  readonly check?: boolean;
  readonly by?: string;
}

function checkScope({ scope, sender }: ImportFlags): void {
  const problem = scopeProblem(scope, sender);
  if (problem === undefined) return;
  throw validationError('INVALID_INPUT', 'suppress import', [
    { field: '--scope', message: problem },
  ]);
}

function scopeProblem(scope: string | undefined, sender: string | undefined): string | undefined {
  if (scope === undefined || scope === 'domain') return undefined;
  if (scope === 'pair') return sender === undefined ? 'pair needs --sender' : undefined;
  if (scope !== 'address') return 'must be address, pair or domain';
  return sender === undefined ? undefined : 'with --sender it is pair';
}

async function openInput(file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return process.stdin;
  try {
    // Opened first, so that a file that is not there is told before anything else is done.
    const handle = await open(file);
    return createReadStream('', { fd: handle, highWaterMark: 256 * 1024 });
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'is not there' : messageOf(error);
    throw validationError('INVALID_INPUT', 'suppress import', [
      { field: 'file', message: `${file} ${why}` },
    ]);
  }
}

function tellBadLine(terminal: Terminal, { line, problems }: BadLine): void {
  for (const { field, message } of problems) {
    terminal.note(`line ${line}: ${printable(`${field}: ${message}`)}`);
  }
  terminal.json({ line, problems });
}

/** One line on standard error that is written anew, on a terminal only. */
function progressOf(terminal: Terminal) {
  const write = (text: string): void => {
    if (terminal.drawsProgress) process.stderr.write(text);
  };
  return {
    show: (rowCount: number): void => write(`\r${rowCount.toLocaleString('en')} lines read`),
    clear: (): void => write('\r\u001b[K'),
  };
}

function reportText(report: SuppressionImportReport, isCheck: boolean): readonly string[] {
  const { rowCount, added, raised, kept, over, bad, dateless } = report;
  const usable = rowCount - bad - over;
  const notes = [
    ...(over === 0 ? [] : [`${over} ended in the past and were left out.`]),
    ...(dateless === 0
      ? []
      : [`${dateless} have a date that cannot be read: they count from now.`]),
    ...(bad === 0 ? [] : [`${bad} cannot be used: see above. Mended, the file can be read again.`]),
  ];
  if (isCheck) return [`${rowCount} lines, ${usable} usable; nothing was changed.`, ...notes];
  const changes = `${added} added, ${raised} raised, ${kept} in force already`;
  return [`${rowCount} lines: ${changes}.`, ...notes];
}

function withoutUndefined<Value extends object>(value: Value) {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof Value]?: Exclude<Value[Key], undefined>;
  };
}
