import { base32 } from './base32.ts';
import { isMessageId, type MessageId } from './ids.ts';
import { equalInConstantTime, macOf, type Keyring } from './keyring.ts';

/*
 * The value of our private header: `<key id><message id>-<mac>`. Some relays replace the Message-ID,
 * and anyone who received a mail can repeat one; this value proves that a copy is of a message that
 * we made, without a database.
 */

const pattern = /^([a-z2-7])([a-z2-7]{26})-([a-z2-7]{16})$/;

/** Makes the private header's value for a message. */
export function formatMessageReference(keyring: Keyring, messageId: MessageId): string {
  return `${keyring.current}${messageId}-${mac(keyring, keyring.current, messageId)}`;
}

/** Reads and proves a private header's value; undefined unless its mac is ours. */
export function parseMessageReference(keyring: Keyring, value: string): MessageId | undefined {
  const match = pattern.exec(value.trim().toLowerCase());
  if (match === null) return undefined;
  const [, keyId = '', messageId = '', given = ''] = match;
  if (!isMessageId(messageId) || !Object.hasOwn(keyring.keys, keyId)) return undefined;
  return equalInConstantTime(given, mac(keyring, keyId, messageId)) ? messageId : undefined;
}

function mac(keyring: Keyring, keyId: string, messageId: MessageId): string {
  const bytes = macOf(keyring, keyId, 'message-reference', messageId);
  if (bytes === undefined) throw new TypeError(`keyring has no key "${keyId}"`);
  return base32(bytes.subarray(0, 10));
}
