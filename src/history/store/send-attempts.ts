import { asc, eq } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { attempt, message, send } from '../../../db/sqlite/schema.ts';

/** What the history has of a send. */
export interface RecordedSend {
  readonly tenant: string;
  readonly recipient: string;
  readonly messageId: string | null;
  readonly subject: string | null;
  /** All its attempts, oldest first. */
  readonly attempts: readonly (typeof attempt.$inferSelect)[];
}

/** A send with its attempts, by its id; undefined where the history does not have it (yet). */
export async function readRecordedSend(
  database: HistoryDatabase,
  sendId: string,
): Promise<RecordedSend | undefined> {
  const { orm } = database;
  const found = orm
    .select({
      row: send.id,
      tenant: send.tenant,
      recipient: send.recipient,
      messageId: message.messageId,
      subject: message.subject,
    })
    .from(send)
    .innerJoin(message, eq(message.id, send.messageRow))
    .where(eq(send.sendId, sendId))
    .get();
  if (found === undefined) return Promise.resolve(undefined);
  const { row, ...about } = found;
  const attempts = orm
    .select()
    .from(attempt)
    .where(eq(attempt.sendRow, row))
    .orderBy(asc(attempt.number))
    .all();
  return Promise.resolve({ ...about, attempts });
}
