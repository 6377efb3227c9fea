import { listRules } from '../bounces/bounce-classifier.ts';
import { classifyReply } from '../bounces/classify-reply.ts';
import { wrongExamples } from '../bounces/wrong-examples.ts';
import { readBounceRules, type BounceRulesReading } from '../config/bounce-rules.ts';
import { problemsOf, type Problem } from '../runtime/errors.ts';
import { readConfig, type GlobalOptions } from './context.ts';
import { printable } from './terminal-text.ts';
import type { Terminal } from './terminal.ts';

/** What is wrong, and with which rule where it is about one that has an id. */
interface RuleProblem {
  readonly rule?: string;
  readonly message: string;
}

/**
 * Checks rules of the user and our own, tries all of their examples, and prints how many are fine or
 * every problem. A configuration that cannot be used is a problem as well.
 *
 * @param file a file of rules; `true`: those of the configuration
 * @returns the exit code: 1 when there is a problem
 */
export async function checkRules(
  file: string | true,
  globals: GlobalOptions,
  terminal: Terminal,
): Promise<0 | 1> {
  const reading = file === true ? await readingOf(globals) : readRules(file);
  const all = listRules().map(({ rule }) => rule);
  const wrong = wrongExamples(all, classifyReply);
  const problems = [...(reading.ok ? [] : reading.problems.map(ruleProblem)), ...wrong];
  // One rule that cannot be used keeps all of a file from being used.
  const rules = reading.ok ? reading.rules.length : 0;
  const ours = all.length - new Set(wrong.map(({ rule }) => rule)).size;
  for (const { rule, message } of problems) {
    terminal.line(printable(rule === undefined ? message : `${rule}: ${message}`));
  }
  if (problems.length === 0) terminal.line(fineText(rules, ours));
  terminal.json({ rules, ours, problems });
  return problems.length === 0 ? 0 : 1;
}

function readRules(file: string): BounceRulesReading {
  return readBounceRules({ rules: [], rulesFile: file });
}

async function readingOf(globals: GlobalOptions): Promise<BounceRulesReading> {
  try {
    const config = await readConfig(globals);
    return readBounceRules(config.bounces);
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return { ok: false, problems };
  }
}

function ruleProblem({ field, message }: Problem): RuleProblem {
  const [, name] = /^bounces\.rules, rule (.+)$/s.exec(field) ?? [];
  if (name?.startsWith('number ') === true) return { message: `rule ${name}: ${message}` };
  if (name !== undefined) return { rule: name, message };
  return { message: /^bounces\.rules(?:File)?$/.test(field) ? message : `${field}: ${message}` };
}

function fineText(rules: number, ours: number): string {
  if (rules === 0) return `There are no rules of your own; all ${ours} of ours are fine.`;
  const yours = rules === 1 ? 'Your rule is fine' : `Your ${rules} rules are fine`;
  return `${yours}, and so are all ${ours} of ours.`;
}
