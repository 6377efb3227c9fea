import type { EmailAddress } from './address.ts';

/** The RFC 5321 side of one transaction. */
export interface Envelope {
  readonly mailFrom: EmailAddress;
  /** RCPT TO addresses; one in every mode but those that carry an archive recipient along. */
  readonly rcptTo: readonly EmailAddress[];
}
