import { classifyReply } from '../bounces/classify-reply.ts';
import type { ClassifyReply } from '../bounces/finding.ts';
import { readBounceRules, type BounceRulesReading } from '../config/bounce-rules.ts';
import { messageOf, problemsOf, validationError } from '../runtime/errors.ts';
import { readConfig, type GlobalOptions } from './context.ts';
import { printable } from './terminal-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * What replies mean by the rules that workers and the history go by: those of the configuration before
 * ours. One that cannot be used is told, and ours alone decide: to classify needs no configuration.
 *
 * @param file rules of this file in place of those of the configuration
 * @throws OnbehalfError `INVALID_INPUT` with all that is wrong with the file
 */
export async function classifyBy(
  file: string | undefined,
  globals: GlobalOptions,
  terminal: Terminal,
): Promise<ClassifyReply> {
  if (file !== undefined) return classifyByFile(file);
  try {
    const config = await readConfig(globals);
    return classifyOf(readBounceRules(config.bounces), 'bounces.rules');
  } catch (error) {
    const [first, ...more] = problemsOf(error);
    const why = first === undefined ? messageOf(error) : `${first.field}: ${first.message}`;
    const rest = more.length === 0 ? '' : `, and ${more.length} more`;
    terminal.note(
      printable(`the configuration cannot be used (${why}${rest}), so our own rules alone decide`),
    );
    return classifyReply;
  }
}

function classifyByFile(file: string): ClassifyReply {
  return classifyOf(readBounceRules({ rules: [], rulesFile: file }), '--rules');
}

function classifyOf(reading: BounceRulesReading, field: string): ClassifyReply {
  if (reading.ok) return reading.classifier?.classifyReply ?? classifyReply;
  const problems = reading.problems.map((problem) => ({
    field: problem.field.replace(/^bounces\.rules(?:File)?/, field),
    message: problem.message,
  }));
  throw validationError('INVALID_INPUT', 'classify', problems);
}
