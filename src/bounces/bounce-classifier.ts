import type {
  Classification,
  ReplyToClassify,
  TransportErrorToClassify,
} from './classification.ts';
import { makeClassifier, rankedFiles, type RankedRuleNote } from './classifier.ts';
import { classifyErrorBy } from './classify-error.ts';
import type { BounceRule } from './rule.ts';
import { ruleFiles } from './rules/all-rules.ts';

/** Classifies replies and errors by a set of rules. Never throws. */
export interface BounceClassifier {
  readonly classifyReply: (reply: ReplyToClassify) => Classification;
  readonly classifyError: (error: TransportErrorToClassify) => Classification;
}

/** What {@link createClassifier} takes. */
export interface ClassifierOptions {
  /** Rules of the user, checked by `compileRules`; they come before ours. */
  readonly rules?: readonly BounceRule[];
  /** Names of files of ours that are left out, e.g. `google`. */
  readonly without?: readonly string[];
}

/** Makes a classifier; takes some 100 ms for all rules, so make it once per set of rules. */
export function createClassifier(options: ClassifierOptions = {}): BounceClassifier {
  const { rules = [], without = [] } = options;
  const classifier = makeClassifier(
    rules,
    ruleFiles.filter(({ name }) => !without.includes(name)),
  );
  return {
    classifyReply: classifier.classify,
    classifyError: (error) => classifyErrorBy(classifier, error),
  };
}

/** All rules of ours in the order in which they decide, for documents and checks. */
export function listRules(): readonly RankedRuleNote[] {
  return rankedFiles(ruleFiles);
}
