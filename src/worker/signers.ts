import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createDkimSigner, type Signer } from '../headers/dkim-signer.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { DkimKeyOptions } from './identity.ts';

/** Customers' signers kept ready; a signer holds no more than names and a reference to the key. */
const keptMax = 1_000;

/**
 * Parses the keys once and hands out signers. Those of the provider's own domain are made at once, so
 * that a bad key fails at start.
 *
 * @throws OnbehalfError `SIGNING_FAILED` for a key that cannot sign
 */
export function createSigners(
  domain: string,
  dkim: readonly DkimKeyOptions[],
): (domain: string, selector: string, relaySafe: boolean) => Signer {
  const keys = new Map(dkim.map(({ selector, privateKey }) => [selector, parsed(privateKey)]));
  const kept = new Map<string, Signer>();
  const signerOf = (forDomain: string, selector: string, relaySafe: boolean): Signer => {
    const name = `${selector}/${forDomain}/${relaySafe}`;
    const ready = kept.get(name);
    if (ready !== undefined) return ready;
    const key = keys.get(selector);
    if (key === undefined) {
      throw new OnbehalfError(
        'SIGNING_FAILED',
        `there is no DKIM key for selector "${selector}", with which this message began; keep retired keys until their last message has expired`,
      );
    }
    const signer = createDkimSigner({ domain: forDomain, selector, key, relaySafe });
    const [oldest] = kept.keys();
    if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
    kept.set(name, signer);
    return signer;
  };
  for (const selector of keys.keys()) signerOf(domain, selector, false);
  return signerOf;
}

function parsed(privateKey: string): KeyObject {
  try {
    return createPrivateKey(privateKey);
  } catch (error) {
    throw new OnbehalfError(
      'SIGNING_FAILED',
      `a DKIM key is no private key in PEM (${messageOf(error)})`,
      { cause: error },
    );
  }
}
