import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Config } from '../config/config.ts';
import { readMadeDkimKey } from '../config/made-keys.ts';
import { resolveIdentity, type Identity } from '../worker/identity.ts';

/** We, for a preview: with the keys of this installation, or with one that nobody else has. */
export interface PreviewIdentity {
  readonly identity: Identity;
  /** Whether the DKIM key was made for this preview alone. */
  readonly isThrowAway: boolean;
}

/**
 * The provider as configured. Where there is no DKIM key one is made in memory, never on disk; tokens
 * are always made with a throw-away secret, because nothing of a preview comes back.
 *
 * @throws OnbehalfError for a configured name or key that cannot be used
 */
export async function previewIdentity(config: Config): Promise<PreviewIdentity> {
  const keyring = { current: 'a', keys: { a: randomBytes(32) } };
  if (config.dkim.length > 0) {
    const identity = resolveIdentity(config.provider, config.dkim, keyring);
    return { identity, isThrowAway: false };
  }
  const { selector, privateKey } = readMadeDkimKey(config.stateDirectory);
  const dkim = { selector, privateKey: privateKey ?? (await throwAwayKey()) };
  const identity = resolveIdentity(config.provider, [dkim], keyring);
  if (privateKey !== undefined) return { identity, isThrowAway: false };
  // Nobody's DNS holds this key, so no record can be compared with it.
  const inDns = { ...identity.inDns, selectors: [{ selector }] };
  return { identity: { ...identity, inDns }, isThrowAway: true };
}

async function throwAwayKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
