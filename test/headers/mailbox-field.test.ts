import { expect, test } from '@jest/globals';
import { mailboxField } from '../../src/headers/mailbox-field.ts';
import { mailbox } from './example-message.ts';

const jane = 'jane@acme.example';

test.each([
  ['no name', undefined, jane],
  ['an empty name', '', jane],
  ['atoms', 'Jane Doe', `Jane Doe <${jane}>`],
  ['specials', 'Doe, Jane (Sales)', `"Doe, Jane (Sales)" <${jane}>`],
  ['another address as name', 'ceo@bank.example', `"ceo@bank.example" <${jane}>`],
  ['angle brackets', 'x <y@z.example>', `"x <y@z.example>" <${jane}>`],
  ['quotes and a backslash', 'Jane "J" \\ Doe', `"Jane \\"J\\" \\\\ Doe" <${jane}>`],
  ['what looks like an encoded-word', '=?x?=', `=?UTF-8?B?PT94Pz0=?= <${jane}>`],
  ['accents', 'Zoë', `=?UTF-8?Q?Zo=C3=AB?= <${jane}>`],
])('writes a mailbox with %s', (_, name, written) => {
  expect(mailboxField('From', [mailbox(jane, name)])).toBe(`From: ${written}\r\n`);
});

test('folds a list between its mailboxes', () => {
  const list = Array.from({ length: 4 }, (_, index) =>
    mailbox(`person${index}@department.dest.example`, `Person ${index}`),
  );
  expect(mailboxField('To', list)).toBe(
    'To: Person 0 <person0@department.dest.example>, Person 1\r\n' +
      ' <person1@department.dest.example>, Person 2\r\n' +
      ' <person2@department.dest.example>, Person 3\r\n' +
      ' <person3@department.dest.example>\r\n',
  );
});

test('keeps an address of 254 octets in one piece', () => {
  const long = `${'a'.repeat(64)}@${'b'.repeat(61)}.${'c'.repeat(61)}.${'d'.repeat(61)}.ee`;
  const lines = mailboxField('From', [mailbox(long, 'N'.repeat(200))]).split('\r\n');
  expect(lines.some((line) => line === ` <${long}>`)).toBe(true);
  expect(Math.max(...lines.filter((line) => !line.includes('@')).map((line) => line.length))).toBe(
    70,
  );
});
