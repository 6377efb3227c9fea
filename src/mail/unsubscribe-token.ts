import { base32 } from './base32.ts';
import { isSendId, type SendId } from './ids.ts';
import { equalInConstantTime, macOf, type Keyring } from './keyring.ts';

/*
 * The token of an unsubscribe link: `<key id><send id>-<mac>`, 44 characters of lower case that need no
 * escaping in a URL or a local part. The mac is 80 bits of HMAC-SHA-256 over key id, tenant and send id.
 * It names neither recipient nor tenant. Whoever serves the link looks the send up by its id, and then
 * proves the token for the tenant that the send is of: a token of one tenant does nothing at another.
 *
 * A token does not age, because people unsubscribe from old mail; keys have to stay in the keyring.
 */

const pattern = /^([a-z2-7])([a-z2-7]{26})-([a-z2-7]{16})$/;

/** Makes the token with which the recipient of a send unsubscribes. */
export function formatUnsubscribeToken(keyring: Keyring, tenant: string, sendId: SendId): string {
  const proof = mac(keyring, keyring.current, tenant, sendId);
  return `${keyring.current}${sendId}-${proof}`;
}

/** The send that a token speaks of, which is not proven yet; undefined where it has not our form. */
export function sendIdOfUnsubscribeToken(token: string): SendId | undefined {
  const sendId = pattern.exec(token.toLowerCase())?.[2];
  return isSendId(sendId) ? sendId : undefined;
}

/** The send that a token is for, or undefined unless its mac is ours and for this tenant. */
export function proveUnsubscribeToken(
  keyring: Keyring,
  tenant: string,
  token: string,
): SendId | undefined {
  const match = pattern.exec(token.toLowerCase());
  if (match === null) return undefined;
  const [, keyId = '', sendId = '', given = ''] = match;
  if (!isSendId(sendId) || !Object.hasOwn(keyring.keys, keyId)) return undefined;
  return equalInConstantTime(given, mac(keyring, keyId, tenant, sendId)) ? sendId : undefined;
}

function mac(keyring: Keyring, keyId: string, tenant: string, sendId: SendId): string {
  const bytes = macOf(keyring, keyId, 'unsubscribe', tenant, sendId);
  if (bytes === undefined) throw new TypeError(`keyring has no key "${keyId}"`);
  return base32(bytes.subarray(0, 10));
}
