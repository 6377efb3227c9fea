import type { ClassifyReply } from './finding.ts';
import type { BounceRule } from './rule.ts';

/** An example that its rule does not decide, or a counter-example that it does. */
export interface WrongExample {
  /** Id of the rule whose example it is. */
  readonly rule: string;
  /** What is wrong, one sentence. */
  readonly message: string;
}

/** Tries the examples and counter-examples of rules with what they are used in. */
export function wrongExamples(
  rules: readonly BounceRule[],
  classify: ClassifyReply,
): readonly WrongExample[] {
  return rules.flatMap((rule) => {
    const phase = rule.phases?.[0];
    const decidedBy = (text: string): string =>
      classify({ text, ...(phase === undefined ? {} : { phase }) }).rule;
    const messages = [
      ...rule.examples
        .filter((text) => decidedBy(text) !== rule.id)
        .map((text) => `${decidedBy(text)} decides the example ${quoted(text)}`),
      ...(rule.counterExamples ?? [])
        .filter((text) => decidedBy(text) === rule.id)
        .map((text) => `it decides the counter-example ${quoted(text)}`),
    ];
    return messages.map((message) => ({ rule: rule.id, message }));
  });
}

function quoted(text: string): string {
  return `"${text.slice(0, 60)}"`;
}
