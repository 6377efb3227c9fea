import type { EmailAddress } from './address.ts';
import type { SendId } from './ids.ts';
import type { MaskingMode } from './kinds.ts';
import type { Keyring } from './keyring.ts';
import { formatReturnPath } from './return-path.ts';

/** What the MAIL FROM of a send depends on. */
export interface EnvelopeSenderFacts {
  readonly mode: MaskingMode;
  /** The user's address. */
  readonly from: EmailAddress;
  readonly keyring: Keyring;
  readonly sendId: SendId;
  /** Day of the return path, ms since 1970; constant for a message, so that a retry has the same one. */
  readonly atMs: number;
  /** Bounce host of the provider. */
  readonly bounceHost: string;
  /**
   * Bounce host under the customer's own domain, e.g. `em.acme.example`, where DNS proves it; only in
   * `aligned`, where SPF then aligns too. Default the provider's.
   */
  readonly returnPathHost?: string;
}

/**
 * The MAIL FROM of a send: her own address in `direct`, where bounces go to her mailbox; else a return
 * path of its own, which only `aligned` may put under the customer's domain.
 */
export function envelopeSender(facts: EnvelopeSenderFacts): EmailAddress {
  const { keyring, sendId, atMs, bounceHost } = facts;
  switch (facts.mode) {
    case 'direct':
      return facts.from;
    case 'aligned':
      return formatReturnPath(keyring, sendId, atMs, facts.returnPathHost ?? bounceHost);
    case 'on-behalf':
    case 'rewritten':
      return formatReturnPath(keyring, sendId, atMs, bounceHost);
  }
}
