import type { Command } from 'commander';
import type { SendInput } from '../producer/index.ts';
import { validationError } from '../runtime/errors.ts';
import { readOptionFile } from './read-file.ts';

/** What the two options hold. */
export interface VariablesFlags {
  readonly variables?: string;
  readonly variablesFile?: string;
}

/** Adds the options that make a mail's texts templates. */
export function addVariablesOptions(command: Command): Command {
  return command
    .option(
      '--variables <json>',
      'values for a mail whose texts are templates, as a JSON object (docs/templates.md)',
    )
    .option('--variables-file <file>', 'the same from a file, - for standard input');
}

/**
 * The values given, not checked further; undefined where none are.
 *
 * @throws OnbehalfError `INVALID_INPUT` for what is no JSON
 */
export function variablesOf(
  verb: string,
  { variables, variablesFile }: VariablesFlags,
): { readonly variables?: NonNullable<SendInput['variables']> } {
  if (variables !== undefined && variablesFile !== undefined) {
    throw validationError('INVALID_INPUT', verb, [
      { field: '--variables', message: 'is given twice: leave out --variables-file' },
    ]);
  }
  const option = variablesFile === undefined ? '--variables' : '--variables-file';
  const json =
    variablesFile === undefined
      ? variables
      : readOptionFile(verb, option, variablesFile).toString('utf8');
  if (json === undefined) return {};
  try {
    // Whether it is an object of texts is checked with everything else.
    return { variables: JSON.parse(json) as NonNullable<SendInput['variables']> };
  } catch {
    throw validationError('INVALID_INPUT', verb, [
      { field: option, message: `is no JSON; give an object like '{"name": "Bob"}'` },
    ]);
  }
}
