import type { EmailAddress, Mailbox } from '../mail/address.ts';
import type { MessageId } from '../mail/ids.ts';
import type { NoticeProof, NoticeResult } from './notice.ts';

/** Where a mail lies on the IMAP server. A new `uidValidity` is a new epoch: UIDs begin again. */
export interface MailboxEpoch {
  /** `user@host:port` of the account, without secrets. */
  readonly account: string;
  /** Path of the folder, e.g. `INBOX`. */
  readonly path: string;
  /** UIDVALIDITY as decimal text (it may exceed what a double holds). */
  readonly uidValidity: string;
}

/** Which delivery header gave the dropbox address away, in order of trust. */
export type TokenRule = 'x-original-to' | 'delivered-to' | 'envelope-to' | 'received-for' | 'to-cc';

/** An attachment as far as the history keeps it. */
export interface CopyAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** SHA-256 of the decoded bytes, hex. */
  readonly sha256: string;
}

/** What a parsed mail says. Everything a header may lack is optional here as well. */
export interface ParsedCopy {
  readonly from: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly subject?: string;
  /** Message-ID field as it stands, trimmed. */
  readonly messageIdHeader?: string;
  readonly inReplyTo?: string;
  /** Date field in ms since 1970; absent where missing or unreadable. Shown, never sorted by. */
  readonly headerDateMs?: number;
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly CopyAttachment[];
}

/** Why a mail waits in quarantine; fixed names, shown to operators. */
export type QuarantineReason =
  | 'no-token'
  | 'unknown-token'
  | 'unregistered-from'
  | 'no-contact'
  | 'unparseable'
  | 'oversize'
  /** In a mailbox of notices: neither bounce nor complaint nor automatic reply. */
  | 'not-a-notice'
  /** A return path of the right form that was made with none of our keys. */
  | 'forged-token'
  /** A return path of ours that is too old. */
  | 'expired-token'
  /** A notice about a mail that nothing in it names for certain, and the history does not know. */
  | 'unknown-send';

/** What is to be done with one mail of the mailbox. */
export type IntakeVerdict =
  | {
      /** A mail that a sender wrote in her own program: goes to the history of its contacts. */
      readonly kind: 'copy';
      readonly tenant: string;
      /** Row of the sender the dropbox address belongs to. */
      readonly senderId: number;
      readonly rule: TokenRule;
      /** Key of the same mail however often it is delivered (content-key.ts). */
      readonly contentKey: string;
      readonly copy: ParsedCopy;
      /** Who gets an entry: To and Cc without dropbox addresses and the sender's own. */
      readonly contacts: readonly Mailbox[];
    }
  | {
      /** A copy of a message that we sent ourselves: joins it, makes no entry of its own. */
      readonly kind: 'own-send';
      readonly tenant: string;
      readonly messageId: MessageId;
      readonly contentKey: string;
    }
  | {
      /** A mail that came back: goes to the timelines of its sends, where it names any. */
      readonly kind: 'notice';
      readonly contentKey: string;
      /** Id of the reader that understood it. */
      readonly format: string;
      readonly proof: NoticeProof;
      /** At least one. */
      readonly results: readonly NoticeResult[];
      /** Date field, ms since 1970. */
      readonly headerDateMs?: number;
      /** From address, where it could be read. */
      readonly from?: EmailAddress;
    }
  | {
      readonly kind: 'quarantined';
      readonly reason: QuarantineReason;
      /** One sentence for the operator, without the mail's text. */
      readonly detail: string;
      /** From address, where it could be read. */
      readonly from?: EmailAddress;
    };

/** One mail of the mailbox with its verdict, ready to be written. */
export interface IntakeRecord {
  readonly epoch: MailboxEpoch;
  readonly uid: number;
  /** INTERNALDATE, ms since 1970: when our server received it. */
  readonly internalDateMs: number;
  readonly sizeBytes: number;
  readonly verdict: IntakeVerdict;
}

/** Where a mail of the mailbox stands. `done` has history, `duplicate` and `own-send` added none. */
export type IntakeState = 'done' | 'duplicate' | 'own-send' | 'quarantined';
