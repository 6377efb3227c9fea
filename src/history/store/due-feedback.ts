import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { message, notice, send } from '../../../db/sqlite/schema.ts';
import { inSlices } from './slices.ts';

/** A notice that workers are to be told of, with its send. */
export type DueFeedback = ReturnType<typeof readDue>[number];

/**
 * The oldest notices that workers are to be told of.
 *
 * @param after row of the last one that was looked at; 0 for the first ones
 */
export async function dueFeedback(
  database: HistoryDatabase,
  after: number,
  limit: number,
): Promise<readonly DueFeedback[]> {
  return Promise.resolve(readDue(database, after, limit));
}

function readDue(database: HistoryDatabase, after: number, limit: number) {
  return (
    database.orm
      .select({
        notice,
        sendId: send.sendId,
        recipient: send.recipient,
        mode: send.mode,
        route: send.route,
        sentAt: send.lastAt,
        senderAddress: message.fromAddress,
      })
      .from(notice)
      .innerJoin(send, eq(send.id, notice.sendRow))
      .innerJoin(message, eq(message.id, send.messageRow))
      // As text, because the partial index is found for a constant only.
      .where(and(sql`${notice.feedback} = 'due'`, gt(notice.id, after)))
      .orderBy(asc(notice.id))
      .limit(limit)
      .all()
  );
}

/** Notes that workers were told of these notices. */
export async function markTold(
  database: HistoryDatabase,
  noticeIds: readonly number[],
): Promise<void> {
  if (noticeIds.length === 0) return Promise.resolve();
  database.write((transaction) => {
    for (const slice of inSlices(noticeIds)) {
      transaction
        .update(notice)
        .set({ feedback: 'told' })
        .where(inArray(notice.id, [...slice]))
        .run();
    }
  });
  return Promise.resolve();
}
