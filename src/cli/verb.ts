import type { Command } from 'commander';
import type { GlobalOptions } from './context.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** What a verb is called with, besides its own options. */
export interface VerbCall {
  readonly globals: GlobalOptions;
  readonly terminal: Terminal;
}

/**
 * Adds a verb with `--json` and an example in its help.
 *
 * @param usage name and arguments, e.g. `timeline <address>`
 * @param example a complete command line
 */
export function addVerb(
  program: Command,
  usage: string,
  description: string,
  example: string,
): Command {
  return program
    .command(usage)
    .description(description)
    .option('--json', 'print the result as JSON, one line per record')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** The terminal and the global options of a running verb. */
export function verbCall(command: Command): VerbCall {
  const options = command.optsWithGlobals<GlobalOptions & { json?: boolean }>();
  return { globals: options, terminal: openTerminal(options.json === true) };
}
