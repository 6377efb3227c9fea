import { adviceOf } from './class-policy.ts';
import type { Classification, TransportErrorToClassify } from './classification.ts';
import type { ReplyClassifier } from './classifier.ts';
import { errorRules, type ErrorRule } from './rules/errors.ts';
import type { BounceClass } from '../mail/bounce-class.ts';

/*
 * A connection that failed without a reply that decides. Nothing of it is about the recipient, so no
 * class that suppresses anybody is ever given, and what is not understood is a network error: to be
 * tried again.
 */

/** Classes that the words of an error may decide. */
const wordClasses: ReadonlySet<BounceClass> = new Set<BounceClass>([
  'tls_required',
  'security',
  'network_error',
  'protocol_error',
  'rate_limited',
  'blocklisted',
]);

/**
 * Says what a failed connection means: by its code; where that tells no more than that there was a
 * socket, by its words; else by the phase.
 */
export function classifyErrorBy(
  classifier: ReplyClassifier,
  error: TransportErrorToClassify,
): Classification {
  const given: unknown = error.code;
  const code = typeof given === 'string' ? given.slice(0, 100) : '';
  const rule = errorRules.find(({ codes }) => codes.some((each) => isCode(each, code)));
  if (rule !== undefined) return classification(rule.class, rule.id, 0.9, code);
  const byWords = classifier.classify({ text: error.message });
  if (byWords.confidence > 0 && wordClasses.has(byWords.class)) {
    const { class: name, rule: id, confidence, evidence } = byWords;
    return classification(name, id, Math.min(confidence, 0.8), evidence.matched);
  }
  if (error.phase === 'starttls') return classification('tls_required', 'error.tls', 0.5);
  if (error.phase === 'auth') return classification('security', 'error.login', 0.5);
  return classification('network_error', 'error.other', 0.3);
}

function isCode(wanted: ErrorRule['codes'][number], code: string): boolean {
  return wanted.endsWith('*') ? code.startsWith(wanted.slice(0, -1)) : code === wanted;
}

function classification(
  name: BounceClass,
  rule: string,
  confidence: number,
  matched?: string,
): Classification {
  return {
    class: name,
    ...adviceOf(name, undefined),
    action: 'delayed',
    confidence,
    rule,
    evidence: matched === undefined ? {} : { matched },
  };
}
