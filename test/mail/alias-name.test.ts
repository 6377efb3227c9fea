import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAddress, type EmailAddress, type Mailbox } from '../../src/mail/address.ts';
import { aliasName } from '../../src/mail/alias-name.ts';
import { headerTextProblem } from '../../src/mail/header-text.ts';
import { propertyRuns } from '../support/property-runs.ts';

const provider = 'Acme CRM';

function user(name: string | undefined, text = 'jane@acme.example'): Mailbox {
  const reading = readAddress(text);
  if (!reading.ok) throw new Error(`${text} ${reading.reason}`);
  return name === undefined ? { address: reading.address } : { name, address: reading.address };
}

const graphemes = (text: string): number =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length;

describe('a name that deceives nobody stays:', () => {
  test.each([
    'Jane Doe',
    'J. R. R. Tolkien',
    'J.R.R. Tolkien',
    'Dr. Jane Doe, PhD',
    'Jane (Acme Ltd.)',
    'Jane (acme.example)',
    'Jörg Müller-Lüdenscheidt',
    'Nguyễn Thị Phương',
    'Ελένη Παπαδοπούλου',
    'Мария Иванова',
    'Мария (Maria) Иванова',
    'שרה לוי',
    'مریم می‌خواهم',
    '山田 花子',
    'ヤマダ花子さん',
    'Tシャツ屋',
    '김영희',
    'สมชาย ใจดี',
    'ကျွန်ုပ်',
    'Jane 🌷',
    '3M Support',
    'Sales & Marketing',
  ])('%s', (name) => {
    expect(aliasName(user(name), provider)).toBe(`${name.normalize('NFC')} via ${provider}`);
  });
});

describe('the address speaks instead of', () => {
  test.each<[string, string | undefined]>([
    ['no name', undefined],
    ['an empty name', '  '],
    ['an address', 'ceo@bank.example'],
    ['her own address', 'jane@acme.example'],
    ['a wide @', 'ceo＠bank'],
    ['a small @', 'ceo﹫bank'],
    ['a foreign domain', 'bank.example'],
    ['a foreign domain among words', 'The Bank (www.bank.example)'],
    ['a domain under her own', 'pay.acme.example'],
    ['a domain with ideographic dots', 'bank。example'],
    ['a domain with a wide dot', 'bank．example'],
    ['a domain with umlauts', 'bücher.example'],
    ['a domain in A-labels', 'x.xn--p1ai'],
    ['a Cyrillic letter in a Latin word', 'P\u0430yPal'],
    ['a Greek letter in a Latin word', 'Gοogle'],
    ['a Latin letter in a Cyrillic word', 'Сбербaнк'],
    ['Cyrillic letters that all look Latin', 'раураӏ'],
    ['Greek letters that all look Latin', 'ΑΒΒΑ'],
    ['heaps of accents', `Jane${'\u0301'.repeat(5)}`],
    ['a check mark', 'Jane Doe ✔'],
    ['a green check mark', 'Jane ✅ Doe'],
    ['a line break', 'Jane\r\nBcc: x'],
    ['a bidirectional control', 'Jane\u202eenaJ'],
    ['an invisible letter', 'Ja\u200bne'],
    ['half of a surrogate pair', 'Jane \ud83d'],
  ])('%s', (_, name) => {
    expect(aliasName(user(name), provider)).toBe(`jane at acme.example via ${provider}`);
  });
});

test.each([
  ['jane.doe@acme.example', 'jane doe at acme.example'],
  ['bank.example@evil.example', 'bank example at evil.example'],
  ['jané@acme.example', 'jané at acme.example'],
  ['p\u0430ypal@evil.example', 'evil.example'],
])('the address %s speaks as "%s"', (address, spoken) => {
  expect(aliasName(user(undefined, address), provider)).toBe(`${spoken} via ${provider}`);
});

test('the domain above her own may stand in a name, and in letters too', () => {
  expect(aliasName(user('acme.example', 'jane@mail.acme.example'), provider)).toBe(
    `acme.example via ${provider}`,
  );
  expect(aliasName(user('Bücher.example', 'jane@xn--bcher-kva.example'), provider)).toBe(
    `Bücher.example via ${provider}`,
  );
});

describe('a long name', () => {
  test('is cut to 64 graphemes with the provider whole', () => {
    const name = aliasName(user('Jane '.repeat(40)), provider);
    expect(graphemes(name)).toBeLessThanOrEqual(64);
    expect(name).toMatch(/^Jane Jane .*… via Acme CRM$/);
  });

  test('of exactly 64 graphemes stays', () => {
    const own = 'x'.repeat(64 - ' via Acme CRM'.length);
    expect(aliasName(user(own), provider)).toBe(`${own} via ${provider}`);
    expect(aliasName(user(`${own}x`), provider)).toBe(`${own.slice(1)}… via ${provider}`);
  });

  test('is not cut inside an emoji', () => {
    const family = '👩‍👩‍👧‍👦';
    const name = aliasName(user(family.repeat(70)), provider);
    expect(name).toBe(`${family.repeat(50)}… via ${provider}`);
  });

  test('gives way to a long provider, but not wholly', () => {
    const name = aliasName(user('Jane Wilhelmina Doe'), 'p'.repeat(80));
    expect(name).toBe(`Jane Wilhelmina… via ${'p'.repeat(80)}`);
  });
});

test.each(['', '  ', 'crm@x', 'crm＠x', 'CRM\n', 'CRM\u202e'])(
  'a provider name like %j is refused',
  (name) => {
    expect(() => aliasName(user('Jane'), name)).toThrow(TypeError);
  },
);

test('whatever name is given, what comes out ends in via and could deceive nobody', () => {
  const pieces = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    fc.constantFrom('@', '＠', 'bank.example', 'p\u0430y', '\r\nBcc: x', '\u202e', '✔', ' via '),
  );
  const name = fc.array(pieces, { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(name, (each) => {
      const shown = aliasName(
        { name: each, address: 'jane@acme.example' as EmailAddress },
        provider,
      );
      expect(shown.endsWith(` via ${provider}`)).toBe(true);
      expect(shown.normalize('NFKC')).not.toContain('@');
      expect(shown).not.toContain('bank.example');
      expect(headerTextProblem(shown)).toBeUndefined();
      expect(graphemes(shown)).toBeLessThanOrEqual(64);
    }),
    propertyRuns(3000),
  );
});
