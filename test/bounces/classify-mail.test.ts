import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import type { NoticeReading } from '../../src/bounces/classification.ts';

const folder = new URL('fixtures/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4));

/** What a fixture says of a reading: the parts that the mail alone decides. */
function told(reading: NoticeReading) {
  return {
    kind: reading.kind,
    results: reading.results.map(({ recipient, finalRecipient, action, remoteMta, evidence }) => ({
      recipient,
      finalRecipient,
      action,
      remoteMta,
      code: evidence.code,
      enhancedCode: evidence.enhancedCode,
    })),
    original: reading.original,
    deliveredTo: reading.deliveredTo,
  };
}

const bytesOf = (name: string) => readFileSync(new URL(`${name}.eml`, folder), 'latin1');
const read = (text: string) => classifyMail(Buffer.from(text, 'latin1'));

test.each(cases)('%s reads as its fixture says', (name) => {
  const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  expect(JSON.parse(JSON.stringify(told(read(bytesOf(name)))))).toEqual(expected);
});

test.each(cases)('%s reads the same with any line end', (name) => {
  const text = bytesOf(name).replaceAll('\r\n', '\n');
  const reading = read(text);
  expect(read(text.replaceAll('\n', '\r\n'))).toEqual(reading);
  expect(read(text.replaceAll('\n', '\r'))).toEqual(reading);
});
