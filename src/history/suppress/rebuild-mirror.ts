import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, asc, gt, isNull } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression } from '../../../db/sqlite/schema.ts';
import type { MirroredSuppression, SuppressionMirror } from '../../queue/suppression-mirror.ts';
import { cursorOf, lastChange, moveCursor } from './mirror-cursor.ts';
import { mirroredOf } from './scope-columns.ts';

/** Where suppressions are brought from and to. */
export interface MirrorWay {
  readonly database: HistoryDatabase;
  readonly mirror: Pick<SuppressionMirror, 'put' | 'remove' | 'rebuild' | 'summary'>;
  /** Name under which the database knows the mirror: the prefix of its keys. */
  readonly mirrorName: string;
}

/** Entries read without a pause, some 5 ms. */
const pageSize = 500;

/** Makes the mirror anew out of the database; it switches at one moment, at the end. */
export async function rebuildMirror({ database, mirror, mirrorName }: MirrorWay): Promise<void> {
  // What is changed after this is changed in the new mirror as well, by whoever brings it.
  const change = lastChange(database.orm);
  await mirror.rebuild(activePages(database));
  database.write((transaction) => {
    const reached = cursorOf(transaction, mirrorName);
    moveCursor(transaction, mirrorName, Math.max(reached, change));
  });
}

/** All entries in force, each page as it is when it is asked for. */
export async function* activePages({
  orm,
}: HistoryDatabase): AsyncGenerator<readonly MirroredSuppression[]> {
  let after = 0;
  for (;;) {
    const rows = orm
      .select()
      .from(suppression)
      .where(and(gt(suppression.id, after), isNull(suppression.removedAt)))
      .orderBy(asc(suppression.id))
      .limit(pageSize)
      .all();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(mirroredOf);
    after = last.id;
    await nextTurn();
  }
}
