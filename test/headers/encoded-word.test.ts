import { describe, expect, test } from '@jest/globals';
import { encodeWords, isPlainText } from '../../src/headers/encoded-word.ts';

/** Decodes by the letter of RFC 2047: each word alone, so a split UTF-8 sequence would show. */
function decode(words: readonly string[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return words
    .map((word) => {
      const match = /^=\?UTF-8\?([QB])\?([^?]+)\?=$/.exec(word);
      if (match === null) throw new Error(`not an encoded-word: ${word}`);
      const [, encoding, payload = ''] = match;
      if (encoding === 'B') return decoder.decode(Buffer.from(payload, 'base64'));
      const octets = payload
        .replaceAll('_', ' ')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      return decoder.decode(Buffer.from(octets, 'latin1'));
    })
    .join('');
}

describe('encodeWords', () => {
  test.each<[string, string, readonly string[]]>([
    ['Q where it is shorter', 'Grand café de la gare', ['=?UTF-8?Q?Grand_caf=C3=A9_de_la_gare?=']],
    ['B where it is shorter', 'Привет', ['=?UTF-8?B?0J/RgNC40LLQtdGC?=']],
    ['what would end a word or a phrase', 'a?=_<b>,"c"', ['=?UTF-8?B?YT89XzxiPiwiYyI=?=']],
    ['spaces that parsers would drop', ' a  b ', ['=?UTF-8?Q?_a__b_?=']],
  ])('encodes %s', (_, text, words) => {
    expect(encodeWords(text)).toEqual(words);
    expect(decode(words)).toBe(text);
  });

  test.each([
    ['Latin', 'Über die Größe der Gläser in Österreichs Küchen und Läden '.repeat(8)],
    ['Cyrillic', 'Съешь же ещё этих мягких французских булок '.repeat(8)],
    ['Chinese', '敏捷的棕色狐狸跳過懶狗'.repeat(20)],
    ['emoji of four octets', '👩‍👩‍👧‍👦🏳️‍🌈'.repeat(20)],
    ['one octet before four', `a${'😀'.repeat(50)}`],
    ['a token of 1,000 letters', 'x'.repeat(1000)],
  ])('cuts long %s text into whole words of at most 75', (_, text) => {
    const words = encodeWords(text);
    expect(words.length).toBeGreaterThan(2);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    expect(decode(words)).toBe(text);
  });
});

test.each([
  ['Your offer', true],
  ["it's 5 * 3 = 15?", true],
  ['x'.repeat(900), true],
  ['x'.repeat(901), false],
  ['=?UTF-8?Q?x?=', false],
  ['is a=?b', false],
  ['two  spaces', false],
  [' leading', false],
  ['trailing ', false],
  ['é', false],
  ['tab\there', false],
  ['line\r\nBcc: x@y.example', false],
])('isPlainText(%j) is %s', (text, plain) => {
  expect(isPlainText(text)).toBe(plain);
});
