import { describe, expect, test } from '@jest/globals';
import {
  normaliseLineEnds,
  readHeader,
  valuesOf,
} from '../../../src/history/intake/header-lines.ts';
import { seededRandom } from '../../support/seed.ts';

const lines = ['Subject: one', ' two', 'X-A:', '\tthree', 'to: Carl <c@x.example>', '', 'body: no'];

describe('readHeader', () => {
  test.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['a bare CR', '\r'],
  ])('unfolds fields that end in %s and stops at the body', (_name, lineEnd) => {
    const raw = Buffer.from(lines.join(lineEnd));
    const header = readHeader(raw);
    expect(header.fields).toEqual([
      { name: 'subject', value: 'one two' },
      { name: 'x-a', value: 'three' },
      { name: 'to', value: 'Carl <c@x.example>' },
    ]);
    expect(raw.toString('utf8', header.bodyStart)).toBe('body: no');
    expect(header.truncated).toBe(false);
  });

  test('keeps repeated fields in their order', () => {
    const raw = Buffer.from('A: 1\r\nB: 2\r\na: 3\r\n\r\n');
    expect(valuesOf(readHeader(raw).fields, 'a')).toEqual(['1', '3']);
  });

  test('skips what is no field, and the line of a mailbox file', () => {
    const raw = Buffer.from('From jane Mon Nov 23\nno colon here\n continued\nb c: 1\nA: 1\n\n');
    expect(readHeader(raw).fields).toEqual([{ name: 'a', value: '1' }]);
  });

  test('takes a mail without body, and an empty one', () => {
    expect(readHeader(Buffer.from('A: 1')).fields).toEqual([{ name: 'a', value: '1' }]);
    expect(readHeader(Buffer.alloc(0))).toEqual({ fields: [], bodyStart: 0, truncated: false });
  });

  test('reads at most 256 KiB and 2,000 fields, and says so', () => {
    const many = Buffer.from('A: 1\r\n'.repeat(3000));
    expect(readHeader(many).fields).toHaveLength(2000);
    expect(readHeader(many).truncated).toBe(true);
    const long = Buffer.from(`A: ${'x'.repeat(300 * 1024)}\r\n\r\nbody`);
    expect(readHeader(long).truncated).toBe(true);
    expect(readHeader(long).bodyStart).toBe(256 * 1024);
  });

  test('survives any bytes', () => {
    const random = seededRandom();
    for (let round = 0; round < 300; round += 1) {
      const raw = Buffer.from(
        Array.from({ length: random.integer(400) }, () =>
          random.pick([0x0a, 0x0d, 0x3a, 0x20, random.integer(256)]),
        ),
      );
      const header = readHeader(raw);
      expect(header.bodyStart).toBeLessThanOrEqual(raw.length);
      for (const field of header.fields) expect(field.name).toMatch(/^[!-9;-~]+$/);
    }
  });
});

describe('normaliseLineEnds', () => {
  test('changes bare CRs only where the mail has no LF near its beginning', () => {
    expect(normaliseLineEnds(Buffer.from('a\rb\r\rc')).toString()).toBe('a\nb\n\nc');
    const usual = Buffer.from('a\r\nb\rc\r\n');
    expect(normaliseLineEnds(usual)).toBe(usual);
    const late = Buffer.from(`a\r${'x'.repeat(70_000)}\n`);
    expect(normaliseLineEnds(late).indexOf(0x0d)).toBe(-1);
  });
});
