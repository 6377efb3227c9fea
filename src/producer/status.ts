import { isSendId, messageIdFromKey, type MessageId, type SendId } from '../mail/ids.ts';
import { validationError } from '../runtime/errors.ts';

/** Names the sends of a call by its idempotency key. */
export interface KeyOfSends {
  readonly idempotencyKey: string;
  /** The customer organisation; default `default`. */
  readonly tenant?: string;
}

/**
 * A send id from a caller.
 *
 * @throws OnbehalfError `INVALID_INPUT`
 */
export function checkSendId(value: string): SendId {
  if (isSendId(value)) return value;
  const message = 'must be the id of a send: 26 letters a to z and digits 2 to 7';
  throw validationError('INVALID_INPUT', 'send id', [{ field: 'sendId', message }]);
}

/** The message that an idempotency key stands for. */
export function messageOfKey({ tenant = 'default', idempotencyKey }: KeyOfSends): MessageId {
  return messageIdFromKey(tenant, idempotencyKey);
}
