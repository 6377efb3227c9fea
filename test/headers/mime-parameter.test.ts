import { describe, expect, test } from '@jest/globals';
import { asciiFileName, parameterPieces } from '../../src/headers/mime-parameter.ts';

describe('parameterPieces', () => {
  test.each<[string, string, readonly string[]]>([
    ['plain', 'offer 1.pdf', ['filename="offer 1.pdf"']],
    ['with marks that RFC 2231 uses', "50%*it's.pdf", ['filename="50%*it\'s.pdf"']],
    ['with quotes', 'a"b.pdf', ["filename*=utf-8''a%22b.pdf"]],
    ['that looks like an encoded-word', '=?U?Q?x?=', ["filename*=utf-8''%3D%3FU%3FQ%3Fx%3F%3D"]],
    ['with spaces that parsers drop', ' a', ["filename*=utf-8''%20a"]],
    ['with accents', 'Übersicht.pdf', ["filename*=utf-8''%C3%9Cbersicht.pdf"]],
    ['with accents and marks', "ü('*')%.pdf", ["filename*=utf-8''%C3%BC%28%27%2A%27%29%25.pdf"]],
    [
      'long',
      `${'a'.repeat(100)}.pdf`,
      [`filename*0*=utf-8''${'a'.repeat(56)}`, `filename*1*=${'a'.repeat(44)}.pdf`],
    ],
  ])('writes a value that is %s', (_, value, pieces) => {
    expect(parameterPieces('filename', value)).toEqual(pieces);
  });

  test('cuts a long value between characters', () => {
    const value = '報告書😀'.repeat(30);
    const segments = parameterPieces('filename', value).map((piece, index) => {
      expect(piece.startsWith(`filename*${index}*=`)).toBe(true);
      expect(piece.length).toBeLessThanOrEqual(75);
      const segment = piece.slice(piece.indexOf('=') + 1);
      // Throws where a segment ends inside a UTF-8 sequence.
      return decodeURIComponent(index === 0 ? segment.replace("utf-8''", '') : segment);
    });
    expect(segments.length).toBeGreaterThan(5);
    expect(segments.join('')).toBe(value);
  });
});

test.each([
  ['offer.pdf', 'offer.pdf'],
  ['Übersicht für März.xlsx', 'Ubersicht fur Marz.xlsx'],
  ['報告書.docx', '___.docx'],
  ['a"b;c=d.txt', 'a_b_c_d.txt'],
  [`${'x'.repeat(100)}.pdf`, `${'x'.repeat(52)}.pdf`],
  ['y'.repeat(100), 'y'.repeat(56)],
])('asciiFileName(%j) is %j', (name, ascii) => {
  expect(asciiFileName(name)).toBe(ascii);
});
