import { expect, test } from '@jest/globals';
import { printableText } from '../../src/mail/printable-text.ts';

/** What may break a line, steer a terminal or turn the direction of reading. */
const unsafe = /\p{Cc}|\p{Zl}|\p{Zp}|\p{Bidi_Control}/u;

test('nothing of all of Unicode that breaks or turns a line is left, and nothing else is touched', () => {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    const expected = unsafe.test(character) ? 'a b' : `a${character}b`;
    const found = printableText(`a${character}b`);
    // An expectation for each of a million characters would take half a minute.
    if (found !== expected) throw new Error(`U+${code.toString(16)}: ${JSON.stringify(found)}`);
  }
  expect(printableText('a\u202e\u001b\r\nb')).toBe('a b');
});
