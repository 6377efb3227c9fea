import { and, count, eq, isNotNull } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { attempt, historyEntry, message, send } from '../../../db/sqlite/schema.ts';
import {
  attemptResults,
  sendStates,
  type AttemptResult,
  type FinalState,
  type SendState,
} from '../../mail/kinds.ts';
import { noticeKinds, type NoticeKind } from '../notice.ts';
import { countIntake, type IntakeCounts } from './intake-states.ts';
import { countNotices, type NoticeCounts } from './notice-counts.ts';

/** What a history entry tells: how a send ended, that it is held, a copy, or what came back. */
export type EntryKind = FinalState | 'held' | 'copy' | NoticeKind;

/** Sums over the whole history, or over a tenant's part of it. */
export interface HistoryTotals {
  /** Sends by the state they are in now. */
  readonly sends: Readonly<Record<SendState, number>>;
  readonly entries: Readonly<Record<EntryKind, number>>;
  /** Messages that senders wrote in their own programs. */
  readonly copyCount: number;
  readonly attempts: Readonly<Record<AttemptResult, number>>;
  readonly intake: IntakeCounts;
  readonly notices: NoticeCounts;
}

/**
 * Counts what the history holds, for status pages and checks. Reads all of it: not for every second.
 *
 * @param tenant default: all tenants
 */
export async function historyTotals(
  database: HistoryDatabase,
  tenant?: string,
): Promise<HistoryTotals> {
  const { orm } = database;
  const sends = orm
    .select({ key: send.state, count: count() })
    .from(send)
    .where(tenant === undefined ? undefined : eq(send.tenant, tenant))
    .groupBy(send.state)
    .all();
  const entries = orm
    .select({ key: historyEntry.kind, count: count() })
    .from(historyEntry)
    .where(tenant === undefined ? undefined : eq(historyEntry.tenant, tenant))
    .groupBy(historyEntry.kind)
    .all();
  const attempts = orm
    .select({ key: attempt.result, count: count() })
    .from(attempt)
    .where(
      and(isNotNull(attempt.result), tenant === undefined ? undefined : eq(attempt.tenant, tenant)),
    )
    .groupBy(attempt.result)
    .all();
  const copies = orm
    .select({ count: count() })
    .from(message)
    .where(
      and(eq(message.kind, 'copy'), tenant === undefined ? undefined : eq(message.tenant, tenant)),
    )
    .get();
  const entryKinds: readonly EntryKind[] = [
    'accepted',
    'rejected',
    'expired',
    'suppressed',
    'cancelled',
    'held',
    'copy',
    ...noticeKinds,
  ];
  return {
    sends: counted(sendStates, sends),
    entries: counted(entryKinds, entries),
    copyCount: copies?.count ?? 0,
    attempts: counted(attemptResults, attempts),
    intake: await countIntake(database, tenant),
    notices: await countNotices(database, tenant),
  };
}

/** A count for each key, 0 where there is no row. */
function counted<Key extends string>(
  keys: readonly Key[],
  rows: readonly { readonly key: Key | null; readonly count: number }[],
): Readonly<Record<Key, number>> {
  const found = new Map(rows.map((row) => [row.key, row.count]));
  return Object.fromEntries(keys.map((key) => [key, found.get(key) ?? 0])) as Record<Key, number>;
}
