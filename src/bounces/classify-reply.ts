import { createClassifier, type BounceClassifier } from './bounce-classifier.ts';
import type {
  Classification,
  ReplyToClassify,
  TransportErrorToClassify,
} from './classification.ts';

let classifier: BounceClassifier | undefined;

/**
 * Says what a reply of 4xx or 5xx, or what a report quotes of one, means, by our own rules. The first
 * call takes some 100 ms to make the rules ready. Never throws.
 */
export function classifyReply(reply: ReplyToClassify): Classification {
  classifier ??= createClassifier();
  return classifier.classifyReply(reply);
}

/**
 * Says what a connection that failed without a reply means: always something about the way, never
 * about the recipient. Never throws.
 */
export function classifyError(error: TransportErrorToClassify): Classification {
  classifier ??= createClassifier();
  return classifier.classifyError(error);
}
