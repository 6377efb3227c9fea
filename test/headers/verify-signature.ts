import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

/** A signing key for tests, RSA of 2048 bits unless told otherwise. */
export function rsaKey(modulusLength = 2048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

/**
 * What an independent verifier says of a message's signatures: results like `pass`, in their order.
 *
 * @param key private key whose public half stands in DNS, at the name that must be asked for
 */
export async function signatureResults(
  message: Buffer,
  key: KeyObject,
  dnsName = 's1._domainkey.crm.example',
  now?: Date,
): Promise<readonly string[]> {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const record = `v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`;
  const resolver = (name: string, type: string): Promise<string[][]> => {
    if (name === dnsName && type === 'TXT') return Promise.resolve([[record]]);
    return Promise.reject(Object.assign(new Error(`no ${type} at ${name}`), { code: 'ENOTFOUND' }));
  };
  const verdict = await dkimVerify(
    message,
    now === undefined ? { resolver } : { resolver, curTime: now },
  );
  return verdict.results.map((result) => result.status.result);
}
