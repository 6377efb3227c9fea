import { and, count, eq, inArray, isNull } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { intake, mailboxCursor } from '../../../db/sqlite/schema.ts';
import type { IntakeState, MailboxEpoch } from '../intake-verdict.ts';
import { inSlices } from './slices.ts';

/** How many mails of all mailboxes stand where. */
export interface IntakeCounts {
  readonly byState: Readonly<Record<IntakeState, number>>;
  /** Recorded, but not yet known to be moved out of the inbox. */
  readonly unmovedCount: number;
}

/** The mails of an epoch that are recorded already, out of those asked for. */
export async function readIntakeStates(
  database: HistoryDatabase,
  epoch: MailboxEpoch,
  uids: readonly number[],
): Promise<ReadonlyMap<number, IntakeState>> {
  const states = new Map<number, IntakeState>();
  for (const slice of inSlices(uids)) {
    const rows = database.orm
      .select({ uid: intake.uid, state: intake.state })
      .from(intake)
      .innerJoin(mailboxCursor, eq(mailboxCursor.id, intake.cursorId))
      .where(and(ofEpoch(epoch), inArray(intake.uid, [...slice])))
      .all();
    for (const row of rows) states.set(row.uid, row.state);
  }
  return Promise.resolve(states);
}

/** The highest UID recorded in an epoch; 0 for a new one. A hint where to look on. */
export async function readCursor(database: HistoryDatabase, epoch: MailboxEpoch): Promise<number> {
  const row = database.orm
    .select({ lastUid: mailboxCursor.lastUid })
    .from(mailboxCursor)
    .where(ofEpoch(epoch))
    .get();
  return Promise.resolve(row?.lastUid ?? 0);
}

/** Notes that mails were moved out of the inbox; does nothing for those noted already. */
export async function markMoved(
  database: HistoryDatabase,
  epoch: MailboxEpoch,
  uids: readonly number[],
  now: number,
): Promise<void> {
  database.write((transaction) => {
    const cursor = transaction
      .select({ id: mailboxCursor.id })
      .from(mailboxCursor)
      .where(ofEpoch(epoch))
      .get();
    if (cursor === undefined) return;
    for (const slice of inSlices(uids)) {
      transaction
        .update(intake)
        .set({ movedAt: now })
        .where(
          and(
            eq(intake.cursorId, cursor.id),
            inArray(intake.uid, [...slice]),
            isNull(intake.movedAt),
          ),
        )
        .run();
    }
  });
  return Promise.resolve();
}

/**
 * Notes that all mails but these have left the inbox: a crash may have come between a move and its
 * note, and people move mails as well.
 *
 * @param present UIDs of all mails that are there now
 */
export async function markLeft(
  database: HistoryDatabase,
  epoch: MailboxEpoch,
  present: readonly number[],
  now: number,
): Promise<void> {
  const unmoved = database.orm
    .select({ uid: intake.uid })
    .from(intake)
    .innerJoin(mailboxCursor, eq(mailboxCursor.id, intake.cursorId))
    .where(and(ofEpoch(epoch), isNull(intake.movedAt)))
    .all();
  const there = new Set(present);
  const left = unmoved.map((row) => row.uid).filter((uid) => !there.has(uid));
  if (left.length > 0) await markMoved(database, epoch, left, now);
}

/**
 * Counts what became of the mails of all mailboxes.
 *
 * @param tenant default: all mails, also those that could not be attributed to a tenant
 */
export async function countIntake(
  database: HistoryDatabase,
  tenant?: string,
): Promise<IntakeCounts> {
  const ofTenant = tenant === undefined ? undefined : eq(intake.tenant, tenant);
  const byState: Record<IntakeState, number> = {
    done: 0,
    duplicate: 0,
    'own-send': 0,
    quarantined: 0,
  };
  const rows = database.orm
    .select({ state: intake.state, count: count() })
    .from(intake)
    .where(ofTenant)
    .groupBy(intake.state)
    .all();
  for (const row of rows) byState[row.state] = row.count;
  const unmoved = database.orm
    .select({ count: count() })
    .from(intake)
    .where(and(isNull(intake.movedAt), ofTenant))
    .get();
  return Promise.resolve({ byState, unmovedCount: unmoved?.count ?? 0 });
}

/** The condition that picks an epoch's cursor. */
export function ofEpoch(epoch: MailboxEpoch) {
  return and(
    eq(mailboxCursor.account, epoch.account),
    eq(mailboxCursor.path, epoch.path),
    eq(mailboxCursor.uidValidity, epoch.uidValidity),
  );
}
