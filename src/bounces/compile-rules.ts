import { isBounceClass } from '../mail/bounce-class.ts';
import { shapeOf } from '../runtime/shape.ts';
import { createClassifier, listRules } from './bounce-classifier.ts';
import { parsePhrase } from './phrase.ts';
import type { BounceRule } from './rule.ts';
import { vocabulary } from './vocabulary.ts';
import { wrongExamples } from './wrong-examples.ts';

/*
 * Rules of users come from a file. Everything that is wrong with them is told at once, also what only
 * shows when they are tried: an example that another rule decides.
 */

/** Rules that can be used, or all that is wrong with them, one sentence each. */
export type CompiledRules =
  | { readonly kind: 'compiled'; readonly rules: readonly BounceRule[] }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const ourIds: ReadonlySet<string> = new Set(listRules().map(({ rule }) => rule.id));
const rulesMax = 1_000;
const textMax = 1_000;
const listMax = 200;
const keys = new Set([
  'id',
  'class',
  'why',
  'strength',
  'phrases',
  'with',
  'not',
  'codes',
  'enhanced',
  'phases',
  'examples',
  'counterExamples',
]);
const phases = ['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot'];
const strengths = ['strong', 'weak', 'last'];
const codeForm = /^(?:[45]\d\d|[45]xx|none)$/;
const enhancedForm = /^(?:none|[45x]\.\d{1,3}\.(?:\*|\d{1,3}|\d{1,2}#|\d##))$/;

/** Checks rules of a user, as they were read from JSON. Never throws. */
export function compileRules(input: unknown): CompiledRules {
  if (!Array.isArray(input)) {
    return { kind: 'problems', problems: [`rules must be a list, not ${shapeOf(input)}`] };
  }
  if (input.length > rulesMax) {
    return { kind: 'problems', problems: [`there are ${input.length} rules, at most ${rulesMax}`] };
  }
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const [at, entry] of (input as unknown[]).entries()) {
    const found = problemsOf(entry, ids);
    const id = fieldOf(entry, 'id');
    const name = typeof id === 'string' && id !== '' ? `rule ${id}` : `rule number ${at + 1}`;
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  const rules = input as readonly BounceRule[];
  const wrong = wrongExamples(rules, createClassifier({ rules }).classifyReply);
  if (wrong.length === 0) return { kind: 'compiled', rules };
  return { kind: 'problems', problems: wrong.map((each) => `rule ${each.rule}: ${each.message}`) };
}

function fieldOf(entry: unknown, name: string): unknown {
  if (typeof entry !== 'object' || entry === null) return undefined;
  return (entry as Readonly<Record<string, unknown>>)[name];
}

function problemsOf(entry: unknown, ids: Set<string>): string[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return [`must be an object, not ${shapeOf(entry)}`];
  }
  const problems: string[] = [];
  const rule = entry as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(rule)) {
    if (!keys.has(key)) problems.push(`there is no field "${key.slice(0, 40)}"`);
  }
  const { id, class: name, why, strength } = rule;
  if (!isText(id) || !/^[a-z0-9][a-z0-9._-]*$/.test(id)) {
    problems.push('id must be of lower-case letters, digits, ".", "_" and "-"');
  } else if (ids.has(id)) problems.push('another rule has the same id');
  else if (ourIds.has(id)) problems.push('a rule that comes with the project has the same id');
  else ids.add(id);
  if (typeof name !== 'string' || !isBounceClass(name)) {
    problems.push(`class must be one of the bounce classes, not ${shown(name)}`);
  }
  if (!isText(why)) problems.push('why must be a sentence that says what the reply means');
  if (strength !== undefined && !isOneOf(strengths, strength)) {
    problems.push(`strength must be ${strengths.join(', ')}`);
  }
  for (const field of ['phrases', 'with', 'not'] as const) {
    problems.push(...phraseProblems(field, rule[field]));
  }
  problems.push(
    ...listProblems('codes', rule['codes'], (each) => codeForm.test(each)),
    ...listProblems('enhanced', rule['enhanced'], (each) => enhancedForm.test(each)),
    ...listProblems('phases', rule['phases'], (each) => isOneOf(phases, each)),
    ...listProblems('examples', rule['examples'] ?? [], () => true),
    ...listProblems('counterExamples', rule['counterExamples'], () => true),
  );
  const hasCodes = [rule['codes'], rule['enhanced']].some(
    (list) => Array.isArray(list) && list.some((each) => each !== 'none'),
  );
  if (rule['phrases'] === undefined && !hasCodes) problems.push('needs phrases, codes or enhanced');
  return problems;
}

function phraseProblems(field: string, list: unknown): string[] {
  const problems = listProblems(field, list, () => true);
  if (problems.length > 0 || list === undefined) return problems;
  return (list as string[]).flatMap((phrase) => {
    const parsed = parsePhrase(phrase, vocabulary);
    return parsed.kind === 'problem' ? [`${field}: ${parsed.problem}`] : [];
  });
}

function listProblems(field: string, list: unknown, isSound: (each: string) => boolean): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length === 0 || list.length > listMax) {
    return [`${field} must be a list of 1 to ${listMax} texts`];
  }
  return (list as unknown[])
    .filter((each) => !isText(each) || !isSound(each))
    .map((each) => `${field} cannot have ${shown(each)}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= textMax;
}

function isOneOf(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? `"${value.slice(0, 60)}"` : shapeOf(value);
}
