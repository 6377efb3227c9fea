import { describe, expect, test } from '@jest/globals';
import { bodyTextProblem } from '../../src/mail/body-text.ts';
import { customHeaderProblem, headerTextProblem } from '../../src/mail/header-text.ts';

describe('headerTextProblem', () => {
  test.each([
    ['', 'nothing'],
    ['Jane "J" Doe, <x@y>', 'marks'],
    ['Übersicht 漢字', 'letters'],
    ['👩‍👩‍👧‍👦 می‌خواهم', 'joiners'],
    ['\u00a0\u3000', 'other spaces'],
    ['=?UTF-8?Q?x?=', 'what looks like an encoded-word'],
  ])('allows %j (%s)', (text) => {
    expect(headerTextProblem(text)).toBeUndefined();
  });

  test.each([
    ['\r', 'line break'],
    ['\n', 'line break'],
    ['\r\n', 'line break'],
    ['\0', 'control'],
    ['\t', 'control'],
    ['\u001b', 'control'],
    ['\u007f', 'control'],
    ['\u0085', 'control'],
    ['\u2028', 'line separator'],
    ['\u2029', 'line separator'],
    ['\u202a', 'bidirectional'],
    ['\u202e', 'bidirectional'],
    ['\u2066', 'bidirectional'],
    ['\u2069', 'bidirectional'],
    ['\u200b', 'invisible'],
    ['\u2060', 'invisible'],
    ['\u2063', 'invisible'],
    ['\u206f', 'invisible'],
    ['\u3164', 'invisible'],
    ['\ufff9', 'invisible'],
    ['\ufeff', 'invisible'],
    ['\u00ad', 'invisible'],
    ['\u{e0041}', 'tag'],
    ['\ud83d', 'surrogate'],
    ['\ude00', 'surrogate'],
  ])('refuses %j', (character, reason) => {
    for (const text of [character, `a${character}b`, `${character}b`, `a${character}`]) {
      expect(headerTextProblem(text)).toContain(reason);
    }
  });
});

describe('customHeaderProblem', () => {
  test.each([
    ['X-Deal', '4711'],
    ['x-deal', ''],
    ['X-A', 'printable: "<>" ~'],
    ['X-A-1-b', 'x'.repeat(900)],
  ])('allows %s: %s', (name, value) => {
    expect(customHeaderProblem(name, value)).toBeUndefined();
  });

  test.each([
    ['Bcc', 'x@y.example'],
    ['To', 'x'],
    ['Content-Type', 'text/html'],
    ['DKIM-Signature', 'v=1'],
    ['Received', 'x'],
    ['List-Unsubscribe', '<https://x>'],
    ['X-', 'x'],
    ['X-A-', 'x'],
    ['X-A:', 'x'],
    ['X A', 'x'],
    ['X-A\r\nBcc', 'x'],
    ['X-Ä', 'x'],
    ['X-A\n', 'x'],
    [`X-${'a'.repeat(63)}`, 'x'],
    ['X-Onbehalf-Ref', 'x'],
    ['x-onbehalf-anything', 'x'],
    ['X-Original-To', 'x'],
    ['X-Envelope-To', 'x'],
    ['X-Mailer', 'x'],
    ['X-Bcc', 'x'],
    ['X-Google-DKIM-Signature', 'x'],
    ['X-A', 'a\r\nBcc: x'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\n'],
    ['X-A', 'a\rb'],
    ['X-A', 'a\tb'],
    ['X-A', 'a\0b'],
    ['X-A', 'é'],
    ['X-A', '=?UTF-8?Q?x?='],
    ['X-A', 'x'.repeat(901)],
  ])('refuses %j: %j', (name, value) => {
    expect(customHeaderProblem(name, value)).toEqual(expect.any(String));
  });
});

test.each([
  ['any\r\n\ttext 😀 \u202e', undefined],
  ['', undefined],
  ['a\0b', 'holds a NUL character'],
  ['\ud83d', 'holds half of a surrogate pair'],
])('bodyTextProblem(%j) is %j', (text, problem) => {
  expect(bodyTextProblem(text)).toBe(problem);
});
