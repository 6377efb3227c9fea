import { describe, expect, test } from '@jest/globals';
import { localPartOf, readAddress } from '../../src/mail/address.ts';
import { randomMessageId, sendIdOf } from '../../src/mail/ids.ts';
import type { Keyring } from '../../src/mail/keyring.ts';
import { formatReturnPath, parseReturnPath, readReturnPath } from '../../src/mail/return-path.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 23, 12);
const secret = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const keyring: Keyring = { current: 'b', keys: { a: secret(1), b: secret(2) } };
const sendId = sendIdOf(randomMessageId(), 'bob@dest.example');
const token = localPartOf(formatReturnPath(keyring, sendId, nowMs, 'bounce.crm.example'));
const day = Math.floor(nowMs / dayMs);

test('a return path is an address of which the send id comes back', () => {
  const address = formatReturnPath(keyring, sendId, nowMs, 'bounce.crm.example');
  expect(readAddress(address)).toEqual({ ok: true, address });
  expect(address).toMatch(/^b-[a-z0-9-]{48}@bounce\.crm\.example$/);
  expect(token.length).toBeLessThanOrEqual(64);
  expect(parseReturnPath(keyring, token, nowMs)).toEqual({ sendId, day });
});

test('folding its case on the way does no harm', () => {
  expect(parseReturnPath(keyring, token.toUpperCase(), nowMs)).toEqual({ sendId, day });
});

test('every change of one character makes it worthless', () => {
  const characters = 'abcdefghijklmnopqrstuvwxyz0123456789-';
  let triedCount = 0;
  for (let at = 0; at < token.length; at += 1) {
    const taken = [
      token.slice(0, at) + token.slice(at + 1),
      `${token.slice(0, at)}a${token.slice(at)}`,
    ];
    const swapped = characters
      .split('')
      .filter((character) => character !== token[at])
      .map((character) => token.slice(0, at) + character + token.slice(at + 1));
    for (const changed of [...taken, ...swapped]) {
      triedCount += 1;
      expect([changed, parseReturnPath(keyring, changed, nowMs)]).toEqual([changed, undefined]);
    }
  }
  expect(triedCount).toBe(token.length * 38);
});

describe('keys', () => {
  test('an older key still proves what was made with it', () => {
    const older = localPartOf(
      formatReturnPath({ ...keyring, current: 'a' }, sendId, nowMs, 'bounce.crm.example'),
    );
    expect(older).not.toBe(token);
    expect(parseReturnPath(keyring, older, nowMs)).toEqual({ sendId, day });
  });

  test('an unknown key id, or another secret, proves nothing', () => {
    expect(parseReturnPath({ current: 'a', keys: { a: secret(1) } }, token, nowMs)).toBeUndefined();
    const other: Keyring = { current: 'b', keys: { b: secret(9) } };
    expect(parseReturnPath(other, token, nowMs)).toBeUndefined();
  });

  test('a keyring without its current key makes none', () => {
    expect(() => formatReturnPath({ current: 'c', keys: {} }, sendId, nowMs, 'b.example')).toThrow(
      'no key "c"',
    );
  });

  test('a bounce host that is none is refused', () => {
    expect(() => formatReturnPath(keyring, sendId, nowMs, 'bounce host')).toThrow('bounce host');
  });
});

test.each([
  [0, true],
  [60, true],
  [61, false],
  [-1, true],
  [-2, false],
])('checked %d days later: %s', (days, isTaken) => {
  const found = parseReturnPath(keyring, token, nowMs + days * dayMs);
  expect(found !== undefined).toBe(isTaken);
});

test('its greatest age can be chosen', () => {
  expect(parseReturnPath(keyring, token, nowMs + 8 * dayMs, 7)).toBeUndefined();
  expect(parseReturnPath(keyring, token, nowMs + 7 * dayMs, 7)).toBeDefined();
});

test.each(['', 'b-', 'jane', `x${'a'.repeat(49)}`, `${'b-'}${'a'.repeat(48)}`])(
  '%j is none',
  (localPart) => {
    expect(parseReturnPath(keyring, localPart, nowMs)).toBeUndefined();
  },
);

test('one that is not proven says what is wrong with it', () => {
  const token = formatReturnPath(keyring, sendId, nowMs, 'bounce.crm.example').split('@')[0] ?? '';
  const kindOf = (local: string, at = nowMs): string => readReturnPath(keyring, local, at).kind;
  expect(readReturnPath(keyring, token, nowMs)).toMatchObject({ kind: 'proven', sendId });
  expect(kindOf(token, nowMs + 60 * dayMs)).toBe('proven');
  expect(kindOf(token, nowMs + 61 * dayMs)).toBe('out-of-time');
  expect(kindOf(token, nowMs - 2 * dayMs)).toBe('out-of-time');
  const other: Keyring = { current: 'a', keys: { a: secret(9) } };
  expect(readReturnPath(other, token, nowMs).kind).toBe('forged');
  expect(kindOf(token.replace(/^b-./, 'b-7'))).toBe('forged');
  expect(kindOf(`x${token}`)).toBe('none');
  expect(kindOf('jane')).toBe('none');
});
