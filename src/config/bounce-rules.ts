import { readFileSync } from 'node:fs';
import { createClassifier, type BounceClassifier } from '../bounces/bounce-classifier.ts';
import { compileRules } from '../bounces/compile-rules.ts';
import type { BounceRule } from '../bounces/rule.ts';
import { messageOf, type Problem } from '../runtime/errors.ts';

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
      /** Those of the configuration, then those of the file. */
      readonly rules: readonly BounceRule[];
      /** Made with them; absent where there are none. */
      readonly classifier?: BounceClassifier;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads the rules of the configuration and those of its file, and checks them together, one problem
 * for each rule that cannot be used. Never throws.
 */
export function readBounceRules({ rules, rulesFile }: BounceRulesConfig): BounceRulesReading {
  const filed = rulesFile === undefined ? [] : readRulesFile(rulesFile);
  if (typeof filed === 'string') {
    const message = `${rulesFile ?? ''} ${filed}`;
    return { ok: false, problems: [{ field: 'bounces.rulesFile', message }] };
  }
  const all = [...rules, ...filed];
  if (all.length === 0) return { ok: true, rules: [] };
  const compiled = compileRules(all);
  if (compiled.kind === 'problems') return { ok: false, problems: byRule(compiled.problems) };
  const classifier = createClassifier({ rules: compiled.rules });
  return { ok: true, rules: compiled.rules, classifier };
}

/** The list in a file, or why there is none. */
function readRulesFile(file: string): readonly unknown[] | string {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(value) ? value : 'must hold a list of rules';
  } catch (error) {
    return `cannot be read as JSON: ${messageOf(error)}`;
  }
}

/** What is wrong begins with the rule it is about: one problem for each, with all of its faults. */
function byRule(sentences: readonly string[]): readonly Problem[] {
  const messages = new Map<string, string>();
  for (const sentence of sentences) {
    const [, rule = '', fault = sentence] =
      /^(rule (?:number )?[^:]+): (.*)$/s.exec(sentence) ?? [];
    const field = rule === '' ? 'bounces.rules' : `bounces.rules, ${rule}`;
    const before = messages.get(field);
    messages.set(field, before === undefined ? fault : `${before}; ${fault}`);
  }
  return [...messages].map(([field, message]) => ({ field, message }));
}
