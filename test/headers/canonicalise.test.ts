import { describe, expect, test } from '@jest/globals';
import { relaxedBody, relaxedField, relaxedFields } from '../../src/headers/canonicalise.ts';

describe('relaxedBody', () => {
  test.each([
    ['the example of RFC 6376 §3.4.5', ' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a body that needs no change', 'a b\r\n c\r\n', 'a b\r\n c\r\n'],
    ['empty lines at the end', 'a\r\n\r\n\r\n', 'a\r\n'],
    ['empty lines at the start', '\r\n\r\na\r\n', '\r\n\r\na\r\n'],
    ['a body of empty lines', '\r\n\r\n', ''],
    ['no body', '', ''],
    ['a line of white space only', 'a\r\n \t \r\nb\r\n', 'a\r\n\r\nb\r\n'],
    ['white space lines at the end', 'a\r\n \r\n\t\r\n', 'a\r\n'],
    ['one tab', 'a\tb\r\n', 'a b\r\n'],
    ['two spaces', 'a  b\r\n', 'a b\r\n'],
    ['a tab at a line start', '\ta\r\n', ' a\r\n'],
  ])('canonicalises %s', (_, body, canonical) => {
    expect(Buffer.from(relaxedBody(Buffer.from(body))).toString()).toBe(canonical);
  });

  test('copies nothing where nothing changes', () => {
    const body = Buffer.from('a b\r\nc\r\n');
    expect(relaxedBody(body).buffer).toBe(body.buffer);
    expect(relaxedBody(body).byteOffset).toBe(body.byteOffset);
  });
});

describe('relaxed header fields', () => {
  test.each([
    ['A: X', 'a:X'],
    ['B : Y\t\r\n\tZ  ', 'b:Y Z'],
    ['SubJect:   a \t b', 'subject:a b'],
    ['X-Empty:', 'x-empty:'],
    ['X-Colon: a: b', 'x-colon:a: b'],
  ])('canonicalises %j', (field, relaxed) => {
    expect(relaxedField(field).relaxed).toBe(relaxed);
  });

  test('splits a block at its fields, not at its folds', () => {
    expect(relaxedFields('A: 1\r\nB: 2\r\n 3\r\n\t4\r\na: 5\r\n')).toEqual([
      { name: 'a', relaxed: 'a:1' },
      { name: 'b', relaxed: 'b:2 3 4' },
      { name: 'a', relaxed: 'a:5' },
    ]);
  });
});
