import { expect, test } from '@jest/globals';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import type { Keyring } from '../../src/mail/keyring.ts';
import { formatMessageReference, parseMessageReference } from '../../src/mail/message-reference.ts';
import { formatReturnPath } from '../../src/mail/return-path.ts';
import { sendIdOf } from '../../src/mail/ids.ts';

const keyring: Keyring = {
  current: 'k',
  keys: { j: new Uint8Array(32).fill(1), k: new Uint8Array(32).fill(2) },
};
const messageId = messageIdFromKey('default', 'reference');
const reference = formatMessageReference(keyring, messageId);

test('a reference gives back the message id it was made of', () => {
  expect(reference).toMatch(/^k[a-z2-7]{26}-[a-z2-7]{16}$/);
  expect(parseMessageReference(keyring, reference)).toBe(messageId);
  expect(parseMessageReference(keyring, ` ${reference.toUpperCase()}\r\n`)).toBe(messageId);
});

test('it is proven with the key it names, also an older one', () => {
  const older = formatMessageReference({ ...keyring, current: 'j' }, messageId);
  expect(parseMessageReference(keyring, older)).toBe(messageId);
  expect(parseMessageReference({ current: 'k', keys: { k: new Uint8Array(32) } }, reference)).toBe(
    undefined,
  );
  expect(parseMessageReference({ current: 'k', keys: {} }, reference)).toBe(undefined);
});

test('every change of one character makes it worthless', () => {
  for (let at = 0; at < reference.length; at += 1) {
    for (const character of 'abcdefghijklmnopqrstuvwxyz234567-') {
      if (character === reference[at]) continue;
      const changed = reference.slice(0, at) + character + reference.slice(at + 1);
      expect([changed, parseMessageReference(keyring, changed)]).toEqual([changed, undefined]);
    }
  }
});

test('a mac of a return path proves no reference', () => {
  const returnPath = formatReturnPath(keyring, sendIdOf(messageId, 'x'), 0, 'b.example');
  const mac = returnPath.slice(returnPath.lastIndexOf('-') + 1, returnPath.indexOf('@'));
  expect(parseMessageReference(keyring, `k${messageId}-${mac}`)).toBeUndefined();
});

test('a keyring without its current key makes none', () => {
  expect(() => formatMessageReference({ current: 'x', keys: {} }, messageId)).toThrow('no key "x"');
});
