/**
 * Which history process may read a mailbox.
 *
 * Two readers of one mailbox keep the history right (its keys are unique) but make copies in the
 * target folders, because their moves cross. So a reader holds a lease and renews it at a third of
 * its time. Each time the lease changes hands its fencing token rises, and every write of a reader
 * checks its token in the same transaction: a process that slept through its lease cannot write.
 */
import { and, eq } from 'drizzle-orm';
import type { HistoryDatabase, HistoryTransaction } from '../../../db/open.ts';
import { lease as leaseTable } from '../../../db/sqlite/schema.ts';
import { OnbehalfError } from '../../runtime/errors.ts';

/** The right to read a mailbox for a while. */
export interface MailboxLease {
  /** Name of the mailbox, e.g. `dropbox@imap.example:993/INBOX`. */
  readonly mailbox: string;
  /** Name of the process. */
  readonly holder: string;
  /** Rises by one each time the lease changes hands. */
  readonly fencingToken: number;
  /** Ms since 1970. */
  readonly expiresAt: number;
}

/**
 * Takes the lease of a mailbox when it is free, expired, or this holder's already.
 *
 * @param ttlMs how long it lasts without renewal
 * @param now ms since 1970
 * @returns the lease, or undefined while another process holds it
 */
export async function takeLease(
  database: HistoryDatabase,
  mailbox: string,
  holder: string,
  ttlMs: number,
  now: number,
): Promise<MailboxLease | undefined> {
  const taken = database.write((transaction) => {
    const current = transaction
      .select()
      .from(leaseTable)
      .where(eq(leaseTable.mailbox, mailbox))
      .get();
    if (current !== undefined && current.holder !== holder && current.expiresAt > now) {
      return undefined;
    }
    // A process that takes its own name again may be a successor: it gets a token of its own too.
    const fencingToken = (current?.fencingToken ?? 0) + 1;
    const next: MailboxLease = { mailbox, holder, fencingToken, expiresAt: now + ttlMs };
    transaction
      .insert(leaseTable)
      .values(next)
      .onConflictDoUpdate({ target: leaseTable.mailbox, set: next })
      .run();
    return next;
  });
  return Promise.resolve(taken);
}

/**
 * Makes a lease last longer, even after its time when nobody has taken it meanwhile.
 *
 * @returns the renewed lease, or undefined when another process has it
 */
export async function renewLease(
  database: HistoryDatabase,
  lease: MailboxLease,
  ttlMs: number,
  now: number,
): Promise<MailboxLease | undefined> {
  const expiresAt = now + ttlMs;
  const result = database.write((transaction) =>
    transaction.update(leaseTable).set({ expiresAt }).where(isHeldAs(lease)).run(),
  );
  return Promise.resolve(result.changes === 0 ? undefined : { ...lease, expiresAt });
}

/** Gives a lease back, so that the next reader need not wait; nothing when it was lost already. */
export async function releaseLease(database: HistoryDatabase, lease: MailboxLease): Promise<void> {
  // The row stays: its token must go on rising.
  database.write((transaction) =>
    transaction.update(leaseTable).set({ expiresAt: 0 }).where(isHeldAs(lease)).run(),
  );
  return Promise.resolve();
}

/**
 * Checks inside a transaction that nobody has taken the lease over.
 *
 * @throws OnbehalfError `LEASE_LOST`
 */
export function requireLease(transaction: HistoryTransaction, lease: MailboxLease): void {
  const held = transaction.select().from(leaseTable).where(isHeldAs(lease)).get();
  if (held !== undefined) return;
  throw new OnbehalfError(
    'LEASE_LOST',
    `another process reads the mailbox ${lease.mailbox} now, so ${lease.holder} writes nothing`,
  );
}

function isHeldAs(lease: MailboxLease) {
  return and(
    eq(leaseTable.mailbox, lease.mailbox),
    eq(leaseTable.fencingToken, lease.fencingToken),
  );
}
