import { describe, expect, test } from '@jest/globals';
import { messageIdFromKey, sendIdOf } from '../../src/mail/ids.ts';
import type { Keyring } from '../../src/mail/keyring.ts';
import {
  formatUnsubscribeToken,
  proveUnsubscribeToken,
  sendIdOfUnsubscribeToken,
} from '../../src/mail/unsubscribe-token.ts';

const secret = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const keyring: Keyring = { current: 'b', keys: { a: secret(1), b: secret(2) } };
const sendId = sendIdOf(messageIdFromKey('acme', 'spring'), 'bob@dest.example');
const token = formatUnsubscribeToken(keyring, 'acme', sendId);

test('a token is proven for its tenant, and its send can be looked up before that', () => {
  expect(token).toMatch(/^b[a-z2-7]{26}-[a-z2-7]{16}$/);
  expect(encodeURIComponent(token)).toBe(token);
  expect(sendIdOfUnsubscribeToken(token)).toBe(sendId);
  expect(proveUnsubscribeToken(keyring, 'acme', token)).toBe(sendId);
});

test('names neither recipient nor tenant', () => {
  expect(token).not.toContain('bob');
  expect(token).not.toContain('acme');
});

test('survives programs that change the case of a URL', () => {
  expect(proveUnsubscribeToken(keyring, 'acme', token.toUpperCase())).toBe(sendId);
});

test('of an older key is proven as long as the key is there', () => {
  const old = formatUnsubscribeToken({ ...keyring, current: 'a' }, 'acme', sendId);
  expect(proveUnsubscribeToken(keyring, 'acme', old)).toBe(sendId);
  const { b } = keyring.keys;
  expect(proveUnsubscribeToken({ current: 'b', keys: { b: b ?? secret(0) } }, 'acme', old)).toBe(
    undefined,
  );
});

describe('nothing is proven by', () => {
  test('a token of another tenant', () => {
    expect(proveUnsubscribeToken(keyring, 'other', token)).toBeUndefined();
  });

  test('a token of another secret', () => {
    const other: Keyring = { current: 'b', keys: { b: secret(3) } };
    expect(proveUnsubscribeToken(other, 'acme', token)).toBeUndefined();
  });

  test('a token with any character changed', () => {
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`;
      expect(proveUnsubscribeToken(keyring, 'acme', changed)).toBeUndefined();
    }
  });

  test.each(['', 'x', `${token}x`, ` ${token}`, `${token}\n`, '__proto__', token.slice(1)])(
    'a text like %j',
    (text) => {
      expect(sendIdOfUnsubscribeToken(text)).toBeUndefined();
      expect(proveUnsubscribeToken(keyring, 'acme', text)).toBeUndefined();
    },
  );
});

test('a keyring without its current key makes no tokens', () => {
  expect(() => formatUnsubscribeToken({ current: 'c', keys: {} }, 'acme', sendId)).toThrow(
    TypeError,
  );
});
