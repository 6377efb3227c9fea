import { expect, test } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import { readCsv } from '../../../src/history/suppress/read-csv.ts';
import { seededRandom } from '../../support/seed.ts';

async function* inPieces(bytes: Buffer, size: () => number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const to = from + size();
    yield await Promise.resolve(bytes.subarray(from, to));
    from = to;
  }
}

test('whatever a CSV library writes is read as it was, cut into pieces anywhere', async () => {
  const random = seededRandom();
  const signs = ['a', 'ß', '😀', '"', ',', ';', '\t', '\n', ' x', '1', "'", '=', ''];
  for (let round = 0; round < 60; round += 1) {
    const rows = Array.from({ length: random.integer(500) }, () =>
      Array.from(
        { length: 3 },
        () =>
          // Outer blanks are not kept, and a line of nothing is none.
          Array.from({ length: random.integer(6) }, () => random.pick(signs))
            .join('')
            .trim() || 'z',
      ),
    );
    const delimiter = random.pick([',', ';', '\t']);
    const text = stringify([['x', 'y', 'z'], ...rows], {
      delimiter,
      // With CRLF it leaves a lone LF bare.
      quoted_match: /\n/,
      record_delimiter: random.pick(['\n', '\r\n']),
    });
    const found: (readonly string[])[] = [];
    for await (const records of readCsv(
      inPieces(Buffer.from(text), () => 1 + random.integer(50)),
    )) {
      for (const record of records) found.push('cells' in record ? record.cells : [record.message]);
    }
    expect(found).toEqual([['x', 'y', 'z'], ...rows]);
  }
});

test('of damaged files each line is a record or is told, and it takes no longer than it must', async () => {
  const random = seededRandom();
  const signs = ['a@x.example', '"', '""', ',', '\n', '\n', 'b'];
  for (let round = 0; round < 40; round += 1) {
    const text = Array.from({ length: 2_000 }, () => random.pick(signs)).join('');
    const lines = text.split('\n');
    let last = 0;
    for await (const records of readCsv(inPieces(Buffer.from(text), () => 1_000))) {
      for (const record of records) {
        expect(record.line).toBeGreaterThan(last);
        // What lies between two records belongs to the first of them, or is empty.
        last = record.line;
        expect(lines[last - 1]?.trim()).not.toBe('');
      }
    }
    expect(last).toBeGreaterThan(0);
  }
});
