import { expect, test } from '@jest/globals';
import { parsePhrase } from '../../src/bounces/phrase.ts';
import { PhraseMatcher } from '../../src/bounces/phrase-matcher.ts';

const vocabulary = { box: ['(mail|post) box', 'mailbox', '{drawer}'], drawer: ['drawer'] };

function isIn(phrase: string, text: string): boolean {
  const matcher = new PhraseMatcher([]);
  const parsed = parsePhrase(phrase, vocabulary);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  for (const chunks of parsed.variants) matcher.add(chunks);
  matcher.match(text);
  return matcher.foundCount > 0;
}

test.each([
  ['user unknown', 'USER  Unknown'],
  ['user unknown', 'user-unknown'],
  ['user unknown', 'error=user_unknown;'],
  ['user unknown', '"user" unknown'],
  ['user unknown', '550-5.1.1 user\n550 5.1.1 unknown'],
  ['user unknown', 'user #5.1.1 unknown'],
  ['throttl~', 'Throttling!'],
  ['throttl~', 'throttl'],
  ['(no|not a) user', 'there is not a user'],
  ['box is? full', 'box full'],
  ['box is? full', 'box is full'],
  ['{box} full', 'post box full'],
  ['{box} full', 'a drawer full'],
  ['the {box}? full', 'the full'],
  ['user * full', 'user a b c d e full'],
  ['user *2 full', 'user a b full'],
  ['user * full', 'user mail.a.b.c.d.example full'],
  ['user * full', 'user 2001:db8::1:2:3:4:5 full'],
  ['user @ full', 'user <jane.doe+x@acme.example>: full'],
  ['user # full', 'user 192.0.2.7 full'],
  ['user # full', 'user 17 full'],
  ['doesnt exist', "doesn't exist"],
  ['email', 'an E-Mail'],
  ['doesnt exist', 'doesn\u2019t exist'],
  ['gross', 'groSS'],
  ['boite pleine', 'Boîte pleine'],
  ['ящик полон', 'Ящик ПОЛОН'],
  ['不存在', '用户不存在。'],
  ['full', 'ｆｕｌｌ'],
  ['a b', 'a a b'],
  ['a * b * c', 'a b b c'],
])('%s is in: %s', (phrase, text) => {
  expect(isIn(phrase, text)).toBe(true);
});

test.each([
  ['user unknown', 'user is unknown'],
  ['user unknown', 'The user. Unknown'],
  ['user unknown', 'superuser unknown'],
  ['user unknown', 'user unknownst'],
  ['throttl~', 'athrottle'],
  ['user * full', 'user a b c d e f full'],
  ['user *2 full', 'user a b c full'],
  ['user * full', 'user is here. It is full'],
  ['user full', 'user@full.example'],
  ['full', '<full@acme.example>'],
  ['user @', 'user @ home'],
  ['user #', 'user a1'],
  ['a * b * c', 'b a c'],
])('%s is not in: %s', (phrase, text) => {
  expect(isIn(phrase, text)).toBe(false);
});

test.each([
  ['', 'has no word'],
  ['*', 'ends with a gap'],
  ['user *', 'ends with a gap'],
  ['user *99 full', 'skips more than 20 words'],
  ['(user', 'bracket'],
  ['user)', 'bracket'],
  ['{nothing}', 'there is no list'],
  ['user?', 'may be empty'],
  ['$', 'is no word'],
])('%j cannot be read: %s', (phrase, problem) => {
  expect(parsePhrase(phrase, vocabulary)).toEqual({
    kind: 'problem',
    problem: expect.stringContaining(problem) as unknown as string,
  });
});

test('a list that uses itself is a problem, not an endless loop', () => {
  expect(parsePhrase('{a}', { a: ['{b}'], b: ['{a}'] }).kind).toBe('problem');
});

test('noise is passed over', () => {
  const matcher = new PhraseMatcher([]);
  const add = (text: string): number => {
    const parsed = parsePhrase(text, vocabulary);
    if (parsed.kind === 'problem') throw new Error(parsed.problem);
    return matcher.add(parsed.variants[0] ?? []);
  };
  const noise = parsePhrase('you tried to reach', vocabulary);
  if (noise.kind === 'phrase') matcher.addNoise(noise.variants[0] ?? []);
  const phrase = add('user is full');
  const text = 'The user you tried to reach is full.';
  matcher.match(text);
  expect([...matcher.found.subarray(0, matcher.foundCount)]).toEqual([phrase]);
  expect(matcher.spanOf(phrase, text)).toBe('user you tried to reach is full');
});
