import { and, eq, inArray } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { message } from '../../../db/sqlite/schema.ts';
import type { MessageId } from '../../mail/ids.ts';
import { inSlices } from './slices.ts';

/** Names a message of a tenant. */
export interface MessageName {
  readonly tenant: string;
  readonly messageId: MessageId;
}

/** A message's name as one text, for sets; ids have a fixed length, so no two names meet. */
export function messageNameKey(name: MessageName): string {
  return `${name.messageId}${name.tenant}`;
}

/** Which of these messages need no content any more, as keys of their names. */
export async function messagesWithContent(
  database: HistoryDatabase,
  names: readonly MessageName[],
): Promise<Set<string>> {
  const found = new Set<string>();
  const ids = [...new Set(names.map((name) => name.messageId))];
  for (const slice of inSlices(ids)) {
    const rows = database.orm
      .select({ tenant: message.tenant, messageId: message.messageId })
      .from(message)
      .where(and(inArray(message.messageId, [...slice]), eq(message.contentFrom, 'send')))
      .all();
    for (const { tenant, messageId } of rows) {
      found.add(messageNameKey({ tenant, messageId: messageId as MessageId }));
    }
  }
  return Promise.resolve(found);
}
