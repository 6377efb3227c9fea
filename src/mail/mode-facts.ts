import type { FromDomainFacts, RecipientProvider } from './domain-facts.ts';
import type { MaskingMode, SendKind } from './kinds.ts';

/** A recipient's provider, or that DNS did not say who it is. */
export type RecipientFact = RecipientProvider | 'temperror';

/** All that the choice of a mode depends on. */
export interface ModeFacts {
  readonly kind: SendKind;
  /** What DNS says of the domain in From. */
  readonly from: FromDomainFacts;
  /** Whether the user's address has other than ASCII before its `@`. */
  readonly nonAsciiLocalPart: boolean;
  /** Whether the user has a mailbox of her own that works and is within its quota. */
  readonly connected: boolean;
  /** Whether the tenant accepts `on-behalf` for this kind. */
  readonly optedIn: boolean;
  /** Who runs the mailboxes of the recipients, all of the message. */
  readonly recipients: readonly RecipientFact[];
  /** Providers that refused `on-behalf` from this domain by policy in the last 7 days. */
  readonly forcedRewritten: readonly RecipientProvider[];
  /** Mails sent today in mode `on-behalf` from this domain; absent where nobody counts. */
  readonly sentTodayCount?: number;
  /** The mode that the job asks for; absent to let the table choose. */
  readonly requested?: MaskingMode;
  /** Whether the hour in which a message waits for DNS is over; default false. */
  readonly dnsWaitOver?: boolean;
}
