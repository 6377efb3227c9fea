import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressKey, localPartOf, readAddress, type EmailAddress } from '../../src/mail/address.ts';
import { addressOfAlias, senderAlias } from '../../src/mail/sender-alias.ts';
import { propertyRuns } from '../support/property-runs.ts';

const host = 'u.crm.example';

function address(text: string): EmailAddress {
  const reading = readAddress(text);
  if (!reading.ok) throw new Error(`${text} ${reading.reason}`);
  return reading.address;
}

describe('a plain alias', () => {
  test.each([
    ['jane@acme.example', 'jane=acme.example'],
    ['Jane@acme.example', 'jane=acme.example'],
    ['jane.doe+work@acme.example', 'jane.doe+work=acme.example'],
    ["o'hara@acme.example", "o'hara=acme.example"],
    ['a=b@c.example', 'a=b=c.example'],
    ['=@c.example', '==c.example'],
    ['jane@xn--bcher-kva.example', 'jane=xn--bcher-kva.example'],
    [`${'x'.repeat(54)}@c.example`, `${'x'.repeat(54)}=c.example`],
  ])('of %s is %s and can be read back', (given, local) => {
    const alias = senderAlias(address(given), host);
    expect(alias).toBe(`${local}@${host}`);
    expect(addressOfAlias(alias, host)).toBe(given.toLowerCase());
  });
});

describe('a hashed alias', () => {
  test.each([
    ['too long', `${'x'.repeat(55)}@c.example`],
    ['letters outside ASCII', 'josé@acme.example'],
    ['a route of old servers', 'jane%other.example@acme.example'],
    ['another route', 'other!jane@acme.example'],
  ])('stands for an address with %s and cannot be read back', (_, given) => {
    const alias = senderAlias(address(given), host);
    expect(alias).toMatch(/^h-[a-z2-7]{26}@u\.crm\.example$/);
    expect(addressOfAlias(alias, host)).toBeUndefined();
    expect(senderAlias(addressKey(address(given)) as EmailAddress, host)).toBe(alias);
  });
});

describe('no address is read from', () => {
  test.each([
    ['another host', 'jane=acme.example@u.other.example'],
    ['no alias', 'jane@u.crm.example'],
    ['an empty local part', '=acme.example@u.crm.example'],
    ['what is no domain', 'jane=acme@u.crm.example'],
    ['an alias that would have been hashed', 'a%b=acme.example@u.crm.example'],
  ])('%s', (_, alias) => {
    expect(addressOfAlias(address(alias), host)).toBeUndefined();
  });
});

test('an alias host that is no host name is refused', () => {
  expect(() => senderAlias(address('jane@acme.example'), 'no host')).toThrow(TypeError);
});

const atoms = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~éñя漢-]{1,12}$/u);
const labels = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const anyAddress = fc
  .tuple(
    fc.array(atoms, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
    fc.array(labels, { minLength: 1, maxLength: 5 }).map((parts) => `${parts.join('.')}.example`),
  )
  .map(([local, domain]) => readAddress(`${local}@${domain}`))
  .filter((reading) => reading.ok)
  .map(({ address: each }) => each);

/** `hashed` for a hashed alias, else the alias, which should have been read. */
function hashedOr(alias: EmailAddress): string {
  return alias.startsWith('h-') ? 'hashed' : alias;
}

test('every address has one alias of ASCII that fits, and every plain one gives it back', () => {
  fc.assert(
    fc.property(anyAddress, (each) => {
      const alias = senderAlias(each, host);
      expect(readAddress(alias)).toEqual({ ok: true, address: alias });
      expect(localPartOf(alias).length).toBeLessThanOrEqual(64);
      expect(alias).toMatch(/^[\x21-\x7e]+$/);
      expect(alias).toBe(alias.toLowerCase());
      const back = addressOfAlias(alias, host);
      expect(back ?? 'hashed').toBe(back === undefined ? hashedOr(alias) : addressKey(each));
    }),
    propertyRuns(3000),
  );
});

test('no two addresses have the same alias', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, (left, right) => {
      const areSame = addressKey(left) === addressKey(right);
      expect(senderAlias(left, host) === senderAlias(right, host)).toBe(areSame);
    }),
    propertyRuns(2000),
  );
});
