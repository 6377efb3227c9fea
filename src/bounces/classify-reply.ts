import { makeClassifier, type ReplyClassifier } from './classifier.ts';
import type { Classification, ReplyToClassify } from './classification.ts';
import { ruleFiles } from './rules/all-rules.ts';

let classifier: ReplyClassifier | undefined;

/** Says what a reply of 4xx or 5xx, or what a report quotes of one, means, by our own rules. Never throws. */
export function classifyReply(reply: ReplyToClassify): Classification {
  classifier ??= makeClassifier([], ruleFiles);
  return classifier.classify(reply);
}
