import type { IntakeRecord, IntakeState, MailboxEpoch } from '../intake-verdict.ts';
import type { MailboxLease } from '../store/mailbox-lease.ts';
import type { DropboxOwner } from '../store/senders.ts';

/** What the mailbox consumer needs of the history. Each call is one transaction. */
export interface IntakeStore {
  /** Takes the lease of a mailbox; undefined while another process holds it. */
  takeLease(mailbox: string, holder: string, ttlMs: number): Promise<MailboxLease | undefined>;
  /** Makes the lease last longer; undefined when another process has it. */
  renewLease(lease: MailboxLease, ttlMs: number): Promise<MailboxLease | undefined>;
  /** Gives the lease back; nothing when it was lost. */
  releaseLease(lease: MailboxLease): Promise<void>;
  /** Whose dropbox a token (by its hash) belongs to; undefined for an unknown or revoked one. */
  findDropbox(tokenHash: string): Promise<DropboxOwner | undefined>;
  /** States of those of these mails that are recorded. */
  readIntakeStates(
    epoch: MailboxEpoch,
    uids: readonly number[],
  ): Promise<ReadonlyMap<number, IntakeState>>;
  /**
   * Writes mails with all that follows from them, and returns the state of each in the order
   * given. A mail that is there already keeps its state.
   *
   * @throws OnbehalfError `LEASE_LOST` when another process has taken the mailbox over
   */
  recordIntake(
    records: readonly IntakeRecord[],
    lease: MailboxLease,
  ): Promise<readonly IntakeState[]>;
  /** Notes that all recorded mails but these have left the folder. */
  markLeft(epoch: MailboxEpoch, present: readonly number[]): Promise<void>;
  /** Notes that these mails have left the folder. */
  markMoved(epoch: MailboxEpoch, uids: readonly number[]): Promise<void>;
}
