import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeWords } from '../../../src/headers/encoded-word.ts';
import { mailboxField } from '../../../src/headers/mailbox-field.ts';
import { decodeWords } from '../../../src/headers/recipient-view/decode-words.ts';
import { readFields } from '../../../src/headers/recipient-view/read-fields.ts';
import { mailboxText, readMailboxes } from '../../../src/headers/recipient-view/read-mailboxes.ts';
import { headerTextProblem } from '../../../src/mail/header-text.ts';
import { seededRandom } from '../../support/seed.ts';
import { mailbox } from '../example-message.ts';

describe('addresses as readers find them', () => {
  test.each([
    ['jane@acme.example', ['jane@acme.example']],
    ['<jane@acme.example>', ['jane@acme.example']],
    ['Jane Doe <jane@acme.example>', ['Jane Doe <jane@acme.example>']],
    [
      '"Doe, Jane" <jane@acme.example>, b@x.example',
      ['Doe, Jane <jane@acme.example>', 'b@x.example'],
    ],
    ['"a \\"b\\" \\\\c" <a@x.example>', ['a "b" \\c <a@x.example>']],
    ['(note) Jane (in (two) levels) <jane@acme.example>', ['Jane <jane@acme.example>']],
    ['"Jane (CRM)" <jane@acme.example>', ['Jane (CRM) <jane@acme.example>']],
    ['=?utf-8?q?J=C3=BCrgen?= <j@x.example>', ['Jürgen <j@x.example>']],
    ['=?utf-8?B?SsO8?= =?utf-8?B?cmdlbg==?= Doe <j@x.example>', ['Jürgen Doe <j@x.example>']],
    ['=?iso-8859-1?Q?J=FCrgen?= <j@x.example>', ['Jürgen <j@x.example>']],
    ['"=?utf-8?q?no?=" <j@x.example>', ['=?utf-8?q?no?= <j@x.example>']],
    ['=?x-none?q?abc?= <j@x.example>', ['=?x-none?q?abc?= <j@x.example>']],
    ['undisclosed-recipients:;', []],
    [
      'Team: a@x.example, B <b@x.example>;, c@x.example',
      ['a@x.example', 'B <b@x.example>', 'c@x.example'],
    ],
    ['"with space"@x.example', ['"with space"@x.example']],
    ['', []],
    ['<jane@acme.example', ['jane@acme.example']],
  ])('%s', (value, expected) => {
    expect(readMailboxes(value).map(mailboxText)).toEqual(expected);
  });
});

describe('fields as readers find them', () => {
  test('folded lines are one value', () => {
    const { fields, formProblems } = readFields('A: b\r\n c\r\n\td\r\nE:f\r\n\r\nx\r\n');
    expect(fields).toEqual([
      { name: 'a', value: 'b c d' },
      { name: 'e', value: 'f' },
    ]);
    expect(formProblems).toEqual([]);
  });

  test('a header without an end is told', () => {
    expect(readFields('A: b\r\n').formProblems).toEqual(['No empty line ends the header.']);
  });
});

const { seed } = seededRandom();
const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
  .map((name) => name.trim().replace(/\s+/g, ' '))
  .filter((name) => name !== '' && headerTextProblem(name) === undefined);

test('names come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), (given) => {
      const mailboxes = given.map((name, index) => mailbox(`u${index}@acme.example`, name));
      const field = mailboxField('To', mailboxes);
      const [read] = readFields(`${field}\r\n`).fields;
      expect(readMailboxes(read?.value ?? '')).toEqual(
        mailboxes.map(({ name, address }) => ({ name, address })),
      );
    }),
    { seed, numRuns: 1500 },
  );
});

test('texts come back from encoded-words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (text) => {
      expect(decodeWords(encodeWords(text).join(' '))).toBe(text);
    }),
    { seed, numRuns: 1500 },
  );
});
