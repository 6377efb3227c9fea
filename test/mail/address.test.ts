import { describe, expect, test } from '@jest/globals';
import {
  addressKey,
  domainOf,
  localPartOf,
  readAddress,
  readDomain,
  splitMailbox,
} from '../../src/mail/address.ts';

describe('readAddress', () => {
  test.each([
    ['jane@acme.example', 'jane@acme.example'],
    ['Jane.Doe+x@ACME.Example', 'Jane.Doe+x@acme.example'],
    ["o'hara!#$%&*/=?^_`{|}~-@a.example", "o'hara!#$%&*/=?^_`{|}~-@a.example"],
    ['jané@bücher.example', 'jané@xn--bcher-kva.example'],
    ['jane@xn--bcher-kva.example', 'jane@xn--bcher-kva.example'],
    [`${'a'.repeat(64)}@b.example`, `${'a'.repeat(64)}@b.example`],
    ['1@2.example', '1@2.example'],
  ])('takes %s', (text, address) => {
    expect(readAddress(text)).toEqual({ ok: true, address });
  });

  test.each([
    [''],
    ['jane'],
    ['@acme.example'],
    ['jane@'],
    ['jane@acme'],
    ['jane@@acme.example'],
    ['a@b@acme.example'],
    ['.jane@acme.example'],
    ['jane.@acme.example'],
    ['ja..ne@acme.example'],
    ['"jane doe"@acme.example'],
    ['jane doe@acme.example'],
    [' jane@acme.example'],
    ['jane@acme.example '],
    ['jane@acme.example\n'],
    ['jane\r\n@acme.example'],
    ['jane@acme.exam ple'],
    ['jane@acme.example.'],
    ['jane@-acme.example'],
    ['jane@acme-.example'],
    ['jane@acme_b.example'],
    ['jane@[127.0.0.1]'],
    ['jane@127.0.0.1'],
    ['jane(comment)@acme.example'],
    ['<jane@acme.example>'],
    ['jane,bob@acme.example'],
    ['jane@acme.example,bob@acme.example'],
    ['ja\u0000ne@acme.example'],
    ['ja\u200bne@acme.example'],
    ['ja\ud800ne@acme.example'],
    [`${'a'.repeat(65)}@b.example`],
    [`${'é'.repeat(33)}@b.example`],
    [`a@${'b'.repeat(64)}.example`],
    [`${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(3)}example`],
  ])('refuses %j', (text) => {
    expect(readAddress(text)).toEqual({ ok: false, reason: expect.any(String) });
  });
});

test.each([
  ['Acme.EXAMPLE', 'acme.example'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['a-b.c1.example', 'a-b.c1.example'],
  ['localhost', undefined],
  ['1.2.3.4', undefined],
  ['acme.example:25', undefined],
  ['acme.example/x', undefined],
  ['acme%2eexample.example', undefined],
  ['a..example', undefined],
  ['', undefined],
])('readDomain(%j) is %j', (text, domain) => {
  expect(readDomain(text)).toBe(domain);
});

test('an address is cut at its @, and compared without regard to case', () => {
  const reading = readAddress('Jane.Doe@ACME.example');
  const address = reading.ok ? reading.address : undefined;
  expect(address && [localPartOf(address), domainOf(address), addressKey(address)]).toEqual([
    'Jane.Doe',
    'acme.example',
    'jane.doe@acme.example',
  ]);
});

test.each([
  ['jane@acme.example', { address: 'jane@acme.example' }],
  [' <jane@acme.example> ', { address: 'jane@acme.example' }],
  ['Jane Doe <jane@acme.example>', { name: 'Jane Doe', address: 'jane@acme.example' }],
  ['"Doe, Jane" <jane@acme.example>', { name: 'Doe, Jane', address: 'jane@acme.example' }],
  ['"J \\"x\\" \\\\" <a@b.example>', { name: 'J "x" \\', address: 'a@b.example' }],
  ['"" <a@b.example>', { address: 'a@b.example' }],
  ['a@b.example>', undefined],
  ['<a@b.example', undefined],
  ['a <b@c.example> <d@e.example>', undefined],
  ['a <b@c.example> d', undefined],
])('splitMailbox(%j)', (text, parts) => {
  expect(splitMailbox(text)).toEqual(parts);
});
