import type { MailboxEpoch } from '../intake-verdict.ts';

/** What is known of a mail before its bytes are fetched. */
export interface MailMetadata {
  readonly uid: number;
  /** RFC822.SIZE; some servers are off by a little. */
  readonly sizeBytes: number;
  /** INTERNALDATE, ms since 1970: when the server received it; undefined where it tells none. */
  readonly internalDateMs: number | undefined;
}

/** What came of fetching the bytes of a mail. */
export type MailFetch =
  | { readonly kind: 'bytes'; readonly raw: Buffer }
  /** It has more bytes than asked for; `head` is its beginning, with the header. */
  | { readonly kind: 'too-large'; readonly head: Buffer }
  /** Somebody else removed it meanwhile. */
  | { readonly kind: 'gone' }
  /** The server refused to hand out this one mail; the session goes on. */
  | { readonly kind: 'refused'; readonly detail: string };

/** What came of moving mails. */
export type MoveResult =
  /** These are in the other folder now; mails that are missing here had gone before. */
  | { readonly kind: 'moved'; readonly uids: readonly number[] }
  /** The server refused; all are where they were. */
  | { readonly kind: 'refused'; readonly detail: string };

/** Where mails go when they are dealt with. */
export type TargetFolder = 'processed' | 'failed';

/** A mailbox to read. */
export interface IntakeMailbox {
  /** Names it in leases and logs, e.g. `dropbox@imap.example:993/INBOX`. */
  readonly name: string;
  /**
   * Logs in, makes sure that the target folders exist and opens the folder.
   *
   * @param signal breaks the attempt off
   * @throws OnbehalfError `MAILBOX_LOGIN_REFUSED` when trying again is of no use, else
   *   `MAILBOX_UNAVAILABLE`
   */
  open(signal: AbortSignal): Promise<MailboxSession>;
}

/**
 * One logged-in session with the mailbox's folder open. Any method throws OnbehalfError
 * `MAILBOX_UNAVAILABLE` when the session has ended or the server breaks the protocol: open another
 * one then, a session does not come back. One call at a time.
 */
export interface MailboxSession {
  /** The folder and its UIDVALIDITY; UIDs mean something only within it. */
  readonly epoch: MailboxEpoch;
  /** UIDs of all mails in the folder, ascending. */
  listUids(): Promise<readonly number[]>;
  /**
   * Size and date of these mails, by one command. Mails that are gone, or that the server refuses
   * to describe, are missing.
   */
  fetchMetadata(uids: readonly number[]): Promise<readonly MailMetadata[]>;
  /** The bytes of these mails, of each at most `maxBytes`; every uid has an answer. */
  fetchBytes(
    mails: readonly MailMetadata[],
    maxBytes: number,
  ): Promise<ReadonlyMap<number, MailFetch>>;
  /** Moves mails out of the folder by one command. */
  move(uids: readonly number[], target: TargetFolder): Promise<MoveResult>;
  /**
   * Resolves with true as soon as the server tells of new mail (also of mail that came since the
   * last `listUids`), with false after `maxMs` or when the signal fires. A hint only: mail may be
   * there without one.
   */
  waitForMail(maxMs: number, signal: AbortSignal): Promise<boolean>;
  /** Ends the session; never throws, may be called twice. */
  close(): Promise<void>;
}
