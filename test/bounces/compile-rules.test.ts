import { expect, test } from '@jest/globals';
import { createClassifier, listRules } from '../../src/bounces/bounce-classifier.ts';
import { compileRules } from '../../src/bounces/compile-rules.ts';

const sound = {
  id: 'acme.closed',
  class: 'mailbox_inactive',
  why: 'Acme says so of people who left.',
  phrases: ['the door is (shut|closed)'],
  examples: ['550 5.1.1 The door is shut, no such user'],
};

function problemsOf(rules: unknown): readonly string[] {
  const compiled = compileRules(rules);
  return compiled.kind === 'problems' ? compiled.problems : [];
}

test('sound rules come before ours', () => {
  const compiled = compileRules([sound]);
  if (compiled.kind !== 'compiled') throw new Error(compiled.problems.join());
  const text = '550 5.1.1 The door is closed, no such user';
  expect(createClassifier({ rules: compiled.rules }).classifyReply({ text })).toMatchObject({
    class: 'mailbox_inactive',
    rule: 'acme.closed',
    confidence: 0.99,
  });
  expect(createClassifier().classifyReply({ text }).class).toBe('user_unknown');
});

test('all problems are told at once', () => {
  const problems = problemsOf([
    { ...sound, class: 'nonsense', colour: 'red' },
    { ...sound },
    { ...sound, id: 'quota.full' },
    { ...sound, id: 'acme.empty', phrases: [' '] },
    { ...sound, id: 'acme.bracket', phrases: ['(user'] },
    { ...sound, id: 'acme.list', phrases: ['{nothing} here'] },
    { ...sound, id: 'acme.gap', phrases: ['user *'], codes: ['999'], enhanced: ['5.7'] },
    { ...sound, id: 'acme.phase', phases: ['later'], strength: 'iron' },
    { id: 'acme.bare', class: 'policy', why: 'Because.', examples: ['550 Hm.'] },
    { ...sound, id: 'acme.silent', examples: [] },
    7,
  ]);
  expect(problems).toEqual([
    'rule acme.closed: there is no field "colour"',
    'rule acme.closed: class must be one of the bounce classes, not "nonsense"',
    'rule acme.closed: another rule has the same id',
    'rule quota.full: a rule that comes with the project has the same id',
    'rule acme.empty: phrases cannot have " "',
    'rule acme.bracket: phrases: "(user" has a bracket without its partner',
    'rule acme.list: phrases: there is no list {nothing}',
    'rule acme.gap: phrases: "user *" ends with a gap',
    'rule acme.gap: codes cannot have "999"',
    'rule acme.gap: enhanced cannot have "5.7"',
    'rule acme.phase: strength must be strong, weak, last',
    'rule acme.phase: phases cannot have "later"',
    'rule acme.bare: needs phrases, codes or enhanced',
    'rule acme.silent: examples must be a list of 1 to 200 texts',
    'rule number 11: must be an object, not a number',
  ]);
});

test('an example that another rule decides is a problem, and a counter-example of its own', () => {
  expect(
    problemsOf([
      { ...sound, examples: ['550 No such user'] },
      {
        ...sound,
        id: 'acme.gate',
        phrases: ['gate'],
        examples: ['550 The gate'],
        counterExamples: ['550 A gate'],
      },
      { ...sound, id: 'acme.later', examples: ['550 The door is shut'] },
    ]),
  ).toEqual([
    'rule acme.closed: mailbox.no-such-user decides the example "550 No such user"',
    'rule acme.gate: it decides the counter-example "550 A gate"',
    'rule acme.later: acme.closed decides the example "550 The door is shut"',
  ]);
});

test('rules must be a list', () => {
  expect(problemsOf({ rules: [] })).toEqual(['rules must be a list, not an object']);
  expect(problemsOf(undefined)).toEqual(['rules must be a list, not missing']);
  expect(compileRules([])).toEqual({ kind: 'compiled', rules: [] });
});

test('conditions on codes, phase and other words all must hold', () => {
  const { classifyReply } = createClassifier({
    rules: [
      {
        id: 'acme.odd',
        class: 'policy',
        why: 'Odd.',
        phrases: ['odd'],
        with: ['very'],
        not: ['even'],
        codes: ['5xx'],
        enhanced: ['x.7.60#'],
        phases: ['rcpt'],
        examples: ['550 5.7.606 very odd'],
      },
    ],
  });
  const ruleOf = (text: string, phase: 'rcpt' | 'data' = 'rcpt'): string =>
    classifyReply({ text, phase }).rule;
  expect(ruleOf('550 5.7.606 very odd')).toBe('acme.odd');
  expect(ruleOf('550 5.7.606 very odd', 'data')).not.toBe('acme.odd');
  expect(ruleOf('450 4.7.606 very odd')).not.toBe('acme.odd');
  expect(ruleOf('550 5.7.60 very odd')).not.toBe('acme.odd');
  expect(ruleOf('550 5.7.606 odd')).not.toBe('acme.odd');
  expect(ruleOf('550 5.7.606 very odd, even')).not.toBe('acme.odd');
});

test('files of ours can be left out', () => {
  const text = '550 5.1.1 See ?p=NoSuchUser - gsmtp';
  expect(createClassifier().classifyReply({ text }).rule).toBe('google.no-such-user');
  expect(createClassifier({ without: ['google'] }).classifyReply({ text }).rule).toBe(
    'mailbox.no-such-user',
  );
});

test('the list of rules stands in the order in which they decide', () => {
  const ranks = listRules().map(({ rank }) => rank);
  expect([...new Set(ranks)]).toEqual([
    'provider',
    'strong',
    'safe-codes',
    'weak',
    'codes',
    'last',
  ]);
  expect(listRules()[0]).toMatchObject({ file: 'google', confidence: 0.95 });
});
