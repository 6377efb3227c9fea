import type { Envelope } from '../mail/envelope.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { Signer } from './dkim-signer.ts';
import type { RenderedMessage } from './masked-message.ts';

/** What a message is signed for; see `Signer.sign`. */
export interface SigningOccasion {
  /** Constant for a message, ms since 1970. */
  readonly signedAtMs: number;
  /** When the message may be submitted last, ms since 1970; default `signedAtMs`. */
  readonly lastAttemptMs?: number;
  readonly envelope?: Envelope;
}

/**
 * Signs a message with each signer, all at once: the customer's domain, so that DMARC passes, and the
 * provider's, whose complaint loops are keyed on d=. The signatures do not cover one another.
 *
 * @param signers in the order in which their fields will stand, from the top
 * @returns complete fields for `assembleMessage`
 * @throws OnbehalfError `SIGNING_FAILED` where one of them fails or there is none; never some of them
 */
export function signAll(
  rendered: RenderedMessage,
  signers: readonly Signer[],
  { signedAtMs, lastAttemptMs, envelope }: SigningOccasion,
): Promise<readonly string[]> {
  if (signers.length === 0) {
    const error = new OnbehalfError('SIGNING_FAILED', 'there is no signer for the message');
    return Promise.reject(error);
  }
  return Promise.all(
    signers.map((signer) => signer.sign(rendered, signedAtMs, lastAttemptMs, envelope)),
  );
}
