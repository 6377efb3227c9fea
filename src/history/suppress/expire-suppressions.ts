import { and, asc, isNotNull, isNull, lte } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { countedBounce, suppression } from '../../../db/sqlite/schema.ts';
import { openSuppressionBook } from './suppression-book.ts';

/** Entries ended in one transaction. */
const expiredMax = 500;

/**
 * Ends the suppressions whose time is over, and forgets what counts no more.
 *
 * @param now ms since 1970
 * @returns how many suppressions ended
 */
export async function expireSuppressions(database: HistoryDatabase, now: number): Promise<number> {
  let total = 0;
  for (;;) {
    const count = database.write((transaction) => {
      const due = transaction
        .select()
        .from(suppression)
        .where(
          and(
            isNull(suppression.removedAt),
            isNotNull(suppression.expiresAt),
            lte(suppression.expiresAt, now),
          ),
        )
        .orderBy(asc(suppression.expiresAt))
        .limit(expiredMax)
        .all();
      const book = openSuppressionBook(transaction);
      for (const entry of due) {
        // At its own end, however late we look: what happens from then on counts again.
        book.end(entry, entry.expiresAt ?? now, 'expired', { name: 'expiry', at: now });
      }
      return due.length;
    });
    total += count;
    if (count < expiredMax) break;
  }
  if (hasForgettable(database, now)) {
    database.write((transaction) =>
      transaction.delete(countedBounce).where(lte(countedBounce.countsUntil, now)).run(),
    );
  }
  return Promise.resolve(total);
}

function hasForgettable({ orm }: HistoryDatabase, now: number): boolean {
  const found = orm
    .select({ id: countedBounce.id })
    .from(countedBounce)
    .where(lte(countedBounce.countsUntil, now))
    .limit(1)
    .get();
  return found !== undefined;
}
