import { expect, test } from '@jest/globals';
import { pad, shorten, usableColumns, wrap } from '../../src/demo/layout.ts';
import '../support/leftovers.ts';

test('wraps at spaces and cuts only what is longer than a line', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a incomprehensibilities b', 10)).toEqual(['a', 'incomp…ies', 'b']);
  expect(wrap('', 10)).toEqual(['']);
});

test('shortens in the middle, where addresses say least', () => {
  expect(shorten('exactly ten', 11)).toBe('exactly ten');
  expect(shorten('b-a0g18zxajwignltei@bounce.crm.example', 20)).toBe('b-a0g18zxajwi…xample');
  expect(shorten('abc', 1)).toBe('…');
  expect(pad('ab', 4)).toBe('ab  ');
  expect(pad('Zoë Laurent', 5)).toBe('Zoë…t');
});

test('keeps lines readable on very narrow and very wide terminals', () => {
  expect([0, 80, 400].map(usableColumns)).toEqual([60, 80, 112]);
});
