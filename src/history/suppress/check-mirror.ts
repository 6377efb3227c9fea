/**
 * Whether the mirror in Redis has what the database has: both tell a count and a digest. Where they
 * differ (Redis lost something, or is new), the mirror is made anew, and it switches at one moment.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, asc, gt, isNull } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression } from '../../../db/sqlite/schema.ts';
import {
  emptyDigest,
  joinDigests,
  suppressionDigest,
  type MirroredSuppression,
  type SuppressionMirror,
} from '../../queue/suppression-mirror.ts';
import { cursorOf, lastChange, moveCursor, pushSuppressions } from './push-suppressions.ts';
import { mirroredOf } from './scope-columns.ts';

/** What {@link openMirrorCheck} takes. */
export interface MirrorCheckOptions {
  readonly database: HistoryDatabase;
  readonly mirror: Pick<SuppressionMirror, 'put' | 'remove' | 'rebuild' | 'summary'>;
  /** Name under which the database knows the mirror: the prefix of its keys. */
  readonly mirrorName: string;
}

/** What a check found. */
export type MirrorFinding =
  | { readonly kind: 'same'; readonly count: number }
  /** They differed; the mirror was made anew. */
  | { readonly kind: 'rebuilt'; readonly count: number; readonly mirrorCount: number }
  /** Others change the list all the time; to be tried later. */
  | { readonly kind: 'busy' };

interface Summary {
  readonly count: number;
  readonly digest: string;
}

/** Entries read and digested without a pause, some 5 ms. */
const pageSize = 500;
const triesMax = 3;

/** Compares a database and its mirror whenever it is called. */
export function openMirrorCheck(options: MirrorCheckOptions): () => Promise<MirrorFinding> {
  const { database, mirror, mirrorName } = options;
  // Nothing changes without a line in the audit, so the digest holds until there is one.
  let known: { readonly change: number; readonly summary: Summary } | undefined;

  const summaryAt = async (change: number): Promise<Summary> => {
    if (known?.change === change) return known.summary;
    let summary: Summary = { count: 0, digest: emptyDigest };
    for await (const page of activePages(database)) summary = addedUp(summary, page);
    if (lastChange(database.orm) === change) known = { change, summary };
    return summary;
  };

  return async () => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      await pushSuppressions(options);
      const change = lastChange(database.orm);
      const ours = await summaryAt(change);
      const theirs = await mirror.summary();
      const isStill =
        lastChange(database.orm) === change && cursorOf(database.orm, mirrorName) === change;
      if (!isStill) continue;
      if (ours.count === theirs.count && ours.digest === theirs.digest) {
        return { kind: 'same', count: ours.count };
      }
      await mirror.rebuild(activePages(database));
      database.write((transaction) => {
        const reached = cursorOf(transaction, mirrorName);
        moveCursor(transaction, mirrorName, Math.max(reached, change));
      });
      return { kind: 'rebuilt', count: ours.count, mirrorCount: theirs.count };
    }
    return { kind: 'busy' };
  };
}

function addedUp(summary: Summary, page: readonly MirroredSuppression[]): Summary {
  return {
    count: summary.count + page.length,
    digest: page.map(suppressionDigest).reduce(joinDigests, summary.digest),
  };
}

/** All entries in force, each page as it is when it is asked for. */
async function* activePages({
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
