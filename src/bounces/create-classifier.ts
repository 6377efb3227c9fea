import { makeClassifier } from './classifier.ts';
import type { AttemptClassifier } from './classify-attempt.ts';
import { classifyError } from './classify-error.ts';
import type { BounceRule } from './rule.ts';
import { ruleFiles } from './rules/all-rules.ts';

/** What {@link createClassifier} takes. */
export interface ClassifierOptions {
  /** Rules of the user, checked; they decide before ours, the first that holds. Default none. */
  readonly rules?: readonly BounceRule[];
}

/** Makes a classifier of replies and errors; takes some 50 ms, so make it once for a set of rules. */
export function createClassifier({ rules = [] }: ClassifierOptions = {}): AttemptClassifier {
  const { classify } = makeClassifier(rules, ruleFiles);
  return { classifyReply: classify, classifyError };
}
