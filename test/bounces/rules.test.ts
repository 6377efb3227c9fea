import { expect, test } from '@jest/globals';
import { classifyReply } from '../../src/bounces/classify-reply.ts';
import { parsePhrase } from '../../src/bounces/phrase.ts';
import type { BounceRule } from '../../src/bounces/rule.ts';
import { ruleFiles } from '../../src/bounces/rules/all-rules.ts';
import { noise } from '../../src/bounces/rules/noise.ts';
import { vocabulary } from '../../src/bounces/vocabulary.ts';

const rules: BounceRule[] = ruleFiles.flatMap((file) => file.rules);
const named = rules.map((rule) => [rule.id, rule] as const);

test('ids are unique and begin with the name of their file or theme', () => {
  const ids = rules.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z0-9-]+\.[a-z0-9x.*-]+$/.test(id))).toEqual([]);
});

test.each(named)('%s decides its examples and no counter-example', (id, rule) => {
  expect(rule.examples.length).toBeGreaterThan(0);
  expect(rule.why).toMatch(/\.$/);
  const [said] = rule.phases ?? [];
  const phase = said === undefined ? {} : { phase: said };
  for (const text of rule.examples) {
    expect([text, classifyReply({ text, ...phase }).rule]).toEqual([text, id]);
  }
  for (const text of rule.counterExamples ?? []) {
    expect([text, classifyReply({ text, ...phase }).rule]).not.toEqual([text, id]);
  }
});

test('all phrases can be read', () => {
  const phrases = [
    ...noise,
    ...ruleFiles.flatMap((file) => file.signatures ?? []),
    ...rules.flatMap((rule) => [
      ...(rule.phrases ?? []),
      ...(rule.with ?? []),
      ...(rule.not ?? []),
    ]),
  ];
  const problems = phrases
    .map((phrase) => parsePhrase(phrase, vocabulary))
    .filter((parsed) => parsed.kind === 'problem');
  expect(problems).toEqual([]);
});
