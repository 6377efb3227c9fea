import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import type { NoticeReading } from '../../src/bounces/classification.ts';

const folder = new URL('fixtures/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4));

/** What the table says of each mail; a field that is not there is not told. */
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<
  string,
  unknown
>;

/** What the mail alone decides of a reading. */
function told(reading: NoticeReading): unknown {
  const results = reading.results.map((result) => ({
    recipient: result.recipient,
    finalRecipient: result.finalRecipient,
    action: result.action,
    class: result.class,
    remoteMta: result.remoteMta,
    code: result.evidence.code,
    enhancedCode: result.evidence.enhancedCode,
  }));
  const { kind, original } = reading;
  return JSON.parse(JSON.stringify({ kind, results, original }));
}

const bytesOf = (name: string) => readFileSync(new URL(`${name}.eml`, folder), 'latin1');
const read = (text: string) => classifyMail(Buffer.from(text, 'latin1'));

test('the table and the folder name the same mails', () => {
  expect(Object.keys(expected).sort()).toEqual([...cases].sort());
});

test.each(cases)('%s reads as the table says', (name) => {
  expect(told(read(bytesOf(name)))).toEqual(expected[name]);
});

test.each(cases)('%s reads the same with any line end', (name) => {
  const text = bytesOf(name).replaceAll('\r\n', '\n');
  const reading = read(text);
  expect(read(text.replaceAll('\n', '\r\n'))).toEqual(reading);
  expect(read(text.replaceAll('\n', '\r'))).toEqual(reading);
});
