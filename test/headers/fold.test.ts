import { describe, expect, test } from '@jest/globals';
import { foldField, foldText } from '../../src/headers/fold.ts';

const word = (length: number): string => 'x'.repeat(length);

describe('foldField', () => {
  test.each<[string, readonly string[], string]>([
    ['keeps what fits on one line', ['a,', 'b'], 'To: a, b\r\n'],
    ['fills a line to 76', [word(72)], `To: ${word(72)}\r\n`],
    ['begins a new line for one more', [word(70), 'ab'], `To: ${word(70)}\r\n ab\r\n`],
    ['folds after the name where that makes the line fit', [word(73)], `To:\r\n ${word(73)}\r\n`],
    ['leaves a first piece that fits nowhere', [word(80)], `To: ${word(80)}\r\n`],
    [
      'gives an overlong piece a line of its own',
      ['a', word(90), 'b'],
      `To: a\r\n ${word(90)}\r\n b\r\n`,
    ],
  ])('%s', (_, pieces, field) => {
    expect(foldField('To', pieces)).toBe(field);
  });
});

describe('foldText', () => {
  test.each([
    ['plain', 'X-A: plain\r\n'],
    ['', 'X-A:\r\n'],
    ['  around  ', 'X-A: around\r\n'],
    [`${word(70)}  two spaces`, `X-A:\r\n ${word(70)}  two\r\n spaces\r\n`],
    [`${word(60)} ${word(60)}`, `X-A: ${word(60)}\r\n ${word(60)}\r\n`],
  ])('writes %j', (value, field) => {
    expect(foldText('X-A', value)).toBe(field);
  });
});
