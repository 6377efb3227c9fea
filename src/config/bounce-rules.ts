import { readFileSync } from 'node:fs';
import type { AttemptClassifier } from '../bounces/classify-attempt.ts';
import { createClassifier } from '../bounces/create-classifier.ts';
import { parsePhrase } from '../bounces/phrase.ts';
import type { BounceRule } from '../bounces/rule.ts';
import { ruleFiles } from '../bounces/rules/all-rules.ts';
import { vocabulary } from '../bounces/vocabulary.ts';
import { parseSmtpReply } from '../mail/smtp-reply.ts';
import { messageOf, type Problem } from '../runtime/errors.ts';
import { bounceRuleSchema } from './bounce-rules-schema.ts';

/** Where bounce rules of the user come from. */
export interface BounceRulesConfig {
  /** As they stand in the configuration; they come before those of the file. */
  readonly rules: readonly unknown[];
  /** Absolute path of a JSON file with a list of rules. */
  readonly rulesFile?: string;
}

/** Rules that can be used, or everything that is wrong with them. */
export type BounceRulesReading =
  | {
      readonly ok: true;
      readonly count: number;
      /** Made with them; absent where there are none. */
      readonly classifier?: AttemptClassifier;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

interface Placed {
  readonly rule: BounceRule;
  /** Where it stands, e.g. `bounces.rules.0`. */
  readonly field: string;
}

/** Reads the rules of the configuration and those of its file, and checks them together. Never throws. */
export function readBounceRules({ rules, rulesFile }: BounceRulesConfig): BounceRulesReading {
  const problems: Problem[] = [];
  const placed = [
    ...readRules(rules, 'bounces.rules', problems),
    ...(rulesFile === undefined ? [] : readRulesFile(rulesFile, problems)),
  ];
  checkIds(placed, problems);
  for (const { rule, field } of placed) checkPhrases(rule, field, problems);
  if (problems.length > 0) return { ok: false, problems };
  if (placed.length === 0) return { ok: true, count: 0 };
  const classifier = createClassifier({ rules: placed.map(({ rule }) => rule) });
  checkExamples(placed, classifier, problems);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, count: placed.length, classifier };
}

function readRulesFile(file: string, problems: Problem[]): readonly Placed[] {
  const field = 'bounces.rulesFile';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    problems.push({ field, message: `${file} cannot be read as JSON: ${messageOf(error)}` });
    return [];
  }
  if (Array.isArray(value)) return readRules(value, field, problems);
  problems.push({ field, message: `${file} must hold a list of rules` });
  return [];
}

function readRules(
  values: readonly unknown[],
  list: string,
  problems: Problem[],
): readonly Placed[] {
  return values.flatMap((value, index) => {
    const field = `${list}.${index}`;
    const reading = bounceRuleSchema.safeParse(value);
    if (reading.success) return [{ field, rule: ruleOf(reading.data) }];
    for (const { path, message } of reading.error.issues) {
      problems.push({ field: [field, ...path].join('.'), message });
    }
    return [];
  });
}

function ruleOf({ why, examples, ...rest }: ReturnType<typeof bounceRuleSchema.parse>): BounceRule {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Pick<BounceRule, 'id' | 'class'>),
    why: why ?? 'a rule of the configuration',
    examples: examples ?? [],
  };
}

function checkIds(placed: readonly Placed[], problems: Problem[]): void {
  const taken = new Set(ruleFiles.flatMap(({ rules }) => rules.map(({ id }) => id)));
  for (const { rule, field } of placed) {
    if (taken.has(rule.id)) {
      const message = `"${rule.id}" is the id of another rule, or of one of ours; ids must be unique`;
      problems.push({ field: `${field}.id`, message });
    }
    taken.add(rule.id);
  }
}

function checkPhrases(rule: BounceRule, field: string, problems: Problem[]): void {
  for (const part of ['phrases', 'with', 'not'] as const) {
    for (const [index, phrase] of (rule[part] ?? []).entries()) {
      const parsed = parsePhrase(phrase, vocabulary);
      if (parsed.kind === 'problem') {
        problems.push({ field: `${field}.${part}.${index}`, message: parsed.problem });
      }
    }
  }
}

/** Rules hide one another: what their author thinks they decide is tried. */
function checkExamples(
  placed: readonly Placed[],
  { classifyReply }: AttemptClassifier,
  problems: Problem[],
): void {
  const deciding = (text: string, phase: NonNullable<BounceRule['phases']>[number] | undefined) =>
    classifyReply({
      ...(parseSmtpReply(text) ?? { text }),
      ...(phase === undefined ? {} : { phase }),
    }).rule;
  for (const { rule, field } of placed) {
    const phase = rule.phases?.[0];
    for (const [index, text] of rule.examples.entries()) {
      const by = deciding(text, phase);
      if (by === rule.id) continue;
      const message = `it is not this rule that decides it, but "${by}"`;
      problems.push({ field: `${field}.examples.${index}`, message });
    }
    for (const [index, text] of (rule.counterExamples ?? []).entries()) {
      if (deciding(text, phase) !== rule.id) continue;
      const message = 'the rule decides it, and must not';
      problems.push({ field: `${field}.counterExamples.${index}`, message });
    }
  }
}
