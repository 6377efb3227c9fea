import { expect, test } from '@jest/globals';
import { base32 } from '../../src/mail/base32.ts';
import {
  isMessageId,
  isSendId,
  messageIdFromKey,
  randomMessageId,
  sendIdOf,
} from '../../src/mail/ids.ts';
import { formatMessageId, parseMessageId } from '../../src/mail/message-id.ts';

// The vectors of RFC 4648 §10, folded and without padding.
test.each([
  ['', ''],
  ['f', 'my'],
  ['fo', 'mzxq'],
  ['foo', 'mzxw6'],
  ['foob', 'mzxw6yq'],
  ['fooba', 'mzxw6ytb'],
  ['foobar', 'mzxw6ytboi'],
])('base32(%j) is %j', (text, encoded) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});

test('a key gives the same message id for the same tenant only', () => {
  const id = messageIdFromKey('acme', 'order-1');
  expect(isMessageId(id)).toBe(true);
  expect(messageIdFromKey('acme', 'order-1')).toBe(id);
  expect(messageIdFromKey('other', 'order-1')).not.toBe(id);
  expect(messageIdFromKey('acme', 'order-2')).not.toBe(id);
});

test('parts do not run into one another', () => {
  expect(messageIdFromKey('a', 'bc')).not.toBe(messageIdFromKey('ab', 'c'));
  expect(messageIdFromKey('a', '1:b')).not.toBe(messageIdFromKey('a1:', 'b'));
});

test('a send id depends on message and recipient, and is no message id of the same parts', () => {
  const messageId = messageIdFromKey('acme', 'order-1');
  const sendId = sendIdOf(messageId, 'bob@dest.example');
  expect(isSendId(sendId)).toBe(true);
  expect(sendIdOf(messageId, 'bob@dest.example')).toBe(sendId);
  expect(sendIdOf(messageId, 'cy@dest.example')).not.toBe(sendId);
  expect(messageIdFromKey(messageId, 'bob@dest.example')).not.toBe(sendId);
});

test('random message ids differ', () => {
  expect(new Set(Array.from({ length: 1000 }, randomMessageId)).size).toBe(1000);
});

test.each([
  ['', false],
  ['a'.repeat(26), true],
  ['a'.repeat(25), false],
  ['a'.repeat(27), false],
  [`${'a'.repeat(25)}1`, false],
  ['A'.repeat(26), false],
  [`${'a'.repeat(26)}\n`, false],
  [7, false],
  [undefined, false],
])('an id like %j: %s', (value, isId) => {
  expect([isMessageId(value), isSendId(value)]).toEqual([isId, isId]);
});

test('a Message-ID field gives back our id, and only ours', () => {
  const id = randomMessageId();
  expect(formatMessageId(id, 'crm.example')).toBe(`<${id}@crm.example>`);
  expect(parseMessageId(`<${id}@crm.example>`)).toBe(id);
  expect(parseMessageId(` <${id.toUpperCase()}@CRM.example>\r\n`)).toBe(id);
  expect(parseMessageId('<CAF+x@mail.example>')).toBeUndefined();
  expect(parseMessageId(id)).toBeUndefined();
  expect(parseMessageId(`<x${id}@crm.example>`)).toBeUndefined();
});
