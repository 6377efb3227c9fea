import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readDomain } from '../mail/address.ts';
import type { Envelope } from '../mail/envelope.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { RenderedMessage } from './masked-message.ts';
import { signDkim } from './sign-dkim.ts';

/** Signs messages; what a message is signed with is fixed when a signer is made. */
export interface Signer {
  /**
   * The signature field of a message, complete with its final CRLF.
   *
   * @param signedAtMs ms since 1970; constant for a message, so that a retry has the same bytes
   * @param lastAttemptMs ms since 1970, when the message may be submitted last; default `signedAtMs`
   * @param envelope for signatures that bind sender and recipients, as DKIM2 will; DKIM does not
   * @throws OnbehalfError `SIGNING_FAILED`; there is no outcome without a signature
   */
  sign(
    rendered: RenderedMessage,
    signedAtMs: number,
    lastAttemptMs?: number,
    envelope?: Envelope,
  ): Promise<string>;
}

/** Options of {@link createDkimSigner}. */
export interface DkimSignerOptions {
  /** Signing domain, the d= tag. */
  readonly domain: string;
  /** Selector: the public key is at `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** Private RSA key of at least 1024 bits (RFC 8301 §3.2; 2048 recommended), as KeyObject or PEM. */
  readonly key: KeyObject | string;
  /**
   * How long a signature holds after the last attempt that may carry it, ms; default 7 days. Short
   * against replay, but a relay may keep a message for days (RFC 5321 §4.5.4.1).
   */
  readonly expiresAfterMs?: number;
  /**
   * Whether to leave out the fields that the next hop may replace or add: Message-ID, Date, Sender;
   * default false. For relays such as Amazon SES.
   */
  readonly relaySafe?: boolean;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;
const modulusBitsMin = 1024;

/**
 * Makes a DKIM signer. The key is parsed and checked here once, so that a bad one fails at start-up
 * and no message waits for it.
 *
 * @throws OnbehalfError `SIGNING_FAILED` for a key or a name that cannot be used
 */
export function createDkimSigner(options: DkimSignerOptions): Signer {
  const { domain, selector, expiresAfterMs = weekMs, relaySafe = false } = options;
  if (readDomain(domain) !== domain) throw unusable(`signing domain ${JSON.stringify(domain)}`);
  if (!selectorForm.test(selector)) throw unusable(`selector ${JSON.stringify(selector)}`);
  // x= is in whole seconds and must be later than t= (RFC 6376 §3.5).
  if (!(expiresAfterMs >= 1000)) throw unusable('signature life of under one second');
  const key = checkedKey(options.key);
  return {
    sign(rendered, signedAtMs, lastAttemptMs = signedAtMs) {
      const expiresAtMs = Math.max(signedAtMs, lastAttemptMs) + expiresAfterMs;
      return signDkim(rendered, { domain, selector, key, signedAtMs, expiresAtMs, relaySafe });
    },
  };
}

const selectorForm =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

function checkedKey(given: KeyObject | string): KeyObject {
  const key = typeof given === 'string' ? parsedKey(given) : given;
  if (key.type !== 'private') throw unusable(`${key.type} key`);
  if (key.asymmetricKeyType !== 'rsa') throw unusable(`${key.asymmetricKeyType ?? 'unknown'} key`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < modulusBitsMin) throw unusable(`RSA key of ${bits} bits`);
  return key;
}

function parsedKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unusable('key that is no private key in PEM', cause);
  }
}

function unusable(what: string, cause?: unknown): OnbehalfError {
  return new OnbehalfError('SIGNING_FAILED', `DKIM cannot sign with a ${what}`, { cause });
}
