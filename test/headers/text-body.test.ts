import { describe, expect, test } from '@jest/globals';
import { encodeBase64Body } from '../../src/headers/base64-body.ts';
import { encodeTextBody } from '../../src/headers/text-body.ts';

describe('encodeTextBody', () => {
  test.each([
    ['short ASCII lines', 'Hello,\n\nyou.\n', '7bit'],
    ['no text', '', '7bit'],
    ['a line of 78', 'x'.repeat(78), '7bit'],
    ['a line of 79', 'x'.repeat(79), 'quoted-printable'],
    ['a space at a line end', 'a \nb', 'quoted-printable'],
    ['a space at the end', 'a ', 'quoted-printable'],
    ['two spaces in a row', 'a  b', 'quoted-printable'],
    ['a tab', 'a\tb', 'quoted-printable'],
    ['a dot at a line start', 'a\n.\nb', 'quoted-printable'],
    ['a dot within a line', 'a.\nb', '7bit'],
    ['From at a line start', 'a\nFrom b', 'quoted-printable'],
    ['From within a line', 'a From b', '7bit'],
    ['a control character', 'a\u001bb', 'quoted-printable'],
    ['DEL', 'a\u007fb', 'quoted-printable'],
    ['Latin letters with accents', 'Grüße aus Köln', 'quoted-printable'],
    ['mostly Cyrillic', 'Привет, Bob', 'base64'],
    [
      'Cyrillic within much markup',
      `<p style="margin:0">${'<b>x</b>'.repeat(9)}Да</p>`,
      'quoted-printable',
    ],
  ])('writes %s as %s', (_, text, encoding) => {
    expect(encodeTextBody(text).encoding).toBe(encoding);
  });

  test.each([
    ['7bit', 'a\r\nb\rc\nd', 'a\r\nb\r\nc\r\nd'],
    ['quoted-printable', 'é\r\nb\rc\n\r\nd\r\r\n', '=C3=A9\r\nb\r\nc\r\n\r\nd\r\n\r\n'],
    ['base64', 'Да\rДа\nДа', Buffer.from('Да\r\nДа\r\nДа').toString('base64')],
  ])('makes every line end CRLF in %s', (encoding, text, body) => {
    expect(encodeTextBody(text)).toEqual({ encoding, body });
  });
});

test.each([0, 1, 56, 57, 58, 114, 115, 1000])('encodeBase64Body writes %d octets', (length) => {
  // A view into a larger buffer, as slices of stored content are.
  const content = Uint8Array.from({ length: length + 10 }, (_, index) => (index * 7) % 256);
  const part = content.subarray(5, 5 + length);
  const lines = encodeBase64Body(part).split('\r\n');
  expect(lines.slice(0, -1).every((line) => line.length === 76)).toBe(true);
  expect(lines.at(-1)?.length ?? 0).toBeLessThanOrEqual(76);
  expect(Buffer.from(lines.join(''), 'base64').equals(part)).toBe(true);
});
