import { describe, expect, test } from '@jest/globals';
import { encodeQuotedPrintable } from '../../src/headers/quoted-printable.ts';
import { seededRandom } from '../support/seed.ts';

const encode = (text: string): string => encodeQuotedPrintable(Buffer.from(text));

/** Decodes by RFC 2045 §6.7, and throws at what that section does not allow. */
function decode(encoded: string): string {
  const joined = encoded.replaceAll('=\r\n', '').replaceAll('\r\n', '\n');
  const octets = joined.replace(/=(.{0,2})/gs, (_, hex: string) => {
    if (!/^[0-9A-F]{2}$/.test(hex)) throw new Error(`bad escape =${hex}`);
    return String.fromCharCode(parseInt(hex, 16));
  });
  return Buffer.from(octets, 'latin1').toString();
}

test.each([
  ['plain text', 'abc', 'abc'],
  ['line ends', 'a\n\nb\n', 'a\r\n\r\nb\r\n'],
  ['the equals sign', 'a=b', 'a=3Db'],
  ['UTF-8', 'é€😀', '=C3=A9=E2=82=AC=F0=9F=98=80'],
  ['a space at a line end', 'a \nb ', 'a=20\r\nb=20'],
  ['spaces in a row', 'a   b', 'a =20=20b'],
  ['a tab', 'a\tb', 'a=09b'],
  ['a space and a tab', 'a \tb', 'a =09b'],
  ['control characters', 'a\u0007\u007fb', 'a=07=7Fb'],
  ['a dot at a line start', '.\n..a\nb.c', '=2E\r\n=2E.a\r\nb.c'],
  ['From at a line start', 'From me\nFrom\nFrome From me', '=46rom me\r\nFrom\r\nFrome From me'],
  ['nothing', '', ''],
])('encodes %s', (_, text, encoded) => {
  expect(encode(text)).toBe(encoded);
});

describe('lines', () => {
  test('of 75 stay whole, of 76 are broken', () => {
    expect(encode('x'.repeat(75))).toBe('x'.repeat(75));
    expect(encode('x'.repeat(76))).toBe(`${'x'.repeat(75)}=\r\nx`);
  });

  test('are not broken inside a UTF-8 sequence', () => {
    expect(encode(`${'x'.repeat(65)}😀`)).toBe(`${'x'.repeat(65)}=\r\n=F0=9F=98=80`);
  });

  test('begin with neither a dot nor From where a soft break would bring that about', () => {
    expect(encode(`${'x'.repeat(75)}.y`)).toBe(`${'x'.repeat(75)}=\r\n=2Ey`);
    expect(encode(`${'x'.repeat(75)}From y`)).toBe(`${'x'.repeat(75)}=\r\n=46rom y`);
  });
});

test('whatever the text, it is read back and nothing on the way has a reason to change it', () => {
  const random = seededRandom();
  const pieces = [' ', '  ', '\n', '\t', '.', 'From ', '=', 'é', '€', '😀', '\u0001', 'word', 'x'];
  for (let round = 0; round < 1000; round += 1) {
    let text = '';
    for (let count = random.integer(120); count > 0; count -= 1) text += random.pick(pieces);
    const encoded = encode(text);
    expect(decode(encoded)).toBe(text);
    expect(encoded).toMatch(/^[\r\n\x20-\x7e]*$/);
    expect(encoded).not.toMatch(/ {2}| \r\n| $|(?:^|\n)(?:\.|From )|\r(?!\n)|(?<!\r)\n/);
    expect(Math.max(...encoded.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  }
});
