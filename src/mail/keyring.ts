import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Secrets for our tokens by key id. Tokens are made with the current one; older ones stay for as
 * long as tokens made with them may come back.
 */
export interface Keyring {
  /** Id of the key that new tokens use: one character, a-z or 2-7. */
  readonly current: string;
  /** Secrets by key id, at least 16 bytes each. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
}

/** HMAC-SHA-256 of the parts under one key, or undefined where the key id is unknown. */
export function macOf(
  keyring: Keyring,
  keyId: string,
  purpose: string,
  ...parts: readonly string[]
): Buffer | undefined {
  const key = Object.hasOwn(keyring.keys, keyId) ? keyring.keys[keyId] : undefined;
  if (key === undefined) return undefined;
  return createHmac('sha256', key)
    .update([purpose, keyId, ...parts].join('\n'))
    .digest();
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
