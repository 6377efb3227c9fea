import { eq, max } from 'drizzle-orm';
import type { HistoryDatabase, HistoryTransaction } from '../../../db/open.ts';
import { suppressionAudit, suppressionCursor } from '../../../db/sqlite/schema.ts';

/** Number of the last change that was brought to a mirror; 0 before the first. */
export function cursorOf(
  reader: HistoryTransaction | HistoryDatabase['orm'],
  mirror: string,
): number {
  const row = reader
    .select()
    .from(suppressionCursor)
    .where(eq(suppressionCursor.mirror, mirror))
    .get();
  return row?.auditRow ?? 0;
}

/** Number of the last change of all. */
export function lastChange(reader: HistoryTransaction | HistoryDatabase['orm']): number {
  const row = reader
    .select({ id: max(suppressionAudit.id) })
    .from(suppressionAudit)
    .get();
  return row?.id ?? 0;
}

/** Notes that a mirror has everything up to a change. */
export function moveCursor(
  transaction: HistoryTransaction,
  mirror: string,
  auditRow: number,
): void {
  transaction
    .insert(suppressionCursor)
    .values({ mirror, auditRow })
    .onConflictDoUpdate({ target: suppressionCursor.mirror, set: { auditRow } })
    .run();
}
