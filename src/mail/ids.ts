import { createHash, randomBytes } from 'node:crypto';
import { base32 } from './base32.ts';

/** Id of one send for life: 128 bits, 26 characters of lower-case base32. */
export type SendId = string & { readonly __brand: 'SendId' };

/** Id of one message: 128 bits, 26 characters of lower-case base32; the left side of its Message-ID. */
export type MessageId = string & { readonly __brand: 'MessageId' };

const idPattern = /^[a-z2-7]{26}$/;

function hash128(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // A length before each part: ("a", "bc") and ("ab", "c") must not meet.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return base32(hash.digest().subarray(0, 16));
}

/** A fresh message id. */
export function randomMessageId(): MessageId {
  return base32(randomBytes(16)) as MessageId;
}

/** The message id that an idempotency key of a tenant always gives. */
export function messageIdFromKey(tenant: string, idempotencyKey: string): MessageId {
  return hash128('message', tenant, idempotencyKey) as MessageId;
}

/** The send id of one recipient of a message: always the same for the same pair. */
export function sendIdOf(messageId: MessageId, recipientKey: string): SendId {
  return hash128('send', messageId, recipientKey) as SendId;
}

/** Whether a text has the form of a send id. */
export function isSendId(value: unknown): value is SendId {
  return typeof value === 'string' && idPattern.test(value);
}

/** Whether a text has the form of a message id (ours, not a Message-ID header). */
export function isMessageId(value: unknown): value is MessageId {
  return typeof value === 'string' && idPattern.test(value);
}
