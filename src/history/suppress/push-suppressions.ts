/**
 * From the database to the mirror in Redis. The audit is the outbox: what stands above the cursor is to
 * be brought over, and only then the cursor moves, so a crash in between means that it is brought again.
 *
 * A change says only whose entry changed; what is brought is the entry as it is now. Several processes
 * may do this at once (the history process, a verb): after writing, each looks whether the database
 * still says what it wrote, and if not, it is brought again, by whoever comes first. So the last word
 * in Redis is never an old one.
 */
import { asc, gt, inArray } from 'drizzle-orm';
import type { HistoryDatabase, HistoryTransaction } from '../../../db/open.ts';
import { suppression, suppressionAudit } from '../../../db/sqlite/schema.ts';
import type { MirroredSuppression } from '../../queue/suppression-mirror.ts';
import { cursorOf, lastChange, moveCursor } from './mirror-cursor.ts';
import { rebuildMirror, type MirrorWay } from './rebuild-mirror.ts';
import { columnsOf, isActive, mirroredOf, scopeOf, scopeValues } from './scope-columns.ts';

type Scoped = Pick<MirroredSuppression, 'tenant' | 'scope'>;

/** An entry as the database has it; `active` is absent where none is in force. */
interface ScopeState extends Scoped {
  readonly active?: MirroredSuppression;
}

/** So many changes, and such a share of the list, and all of it is brought in less time. */
const fewMax = 5_000;
const farBehindShare = 0.2;
/** Changes brought at once; statements of so many values are within SQLite's bounds. */
const changesMax = 500;

/**
 * Brings all changes to the mirror that it has not seen.
 *
 * @returns how many
 * @throws whatever the connection to Redis throws
 */
export async function pushSuppressions(way: MirrorWay): Promise<number> {
  const { database, mirror, mirrorName } = way;
  const behind = lastChange(database.orm) - cursorOf(database.orm, mirrorName);
  if (behind > fewMax && behind > (await mirror.summary()).count * farBehindShare) {
    await rebuildMirror(way);
    return behind;
  }
  let total = 0;
  for (;;) {
    const { from, upTo, count, scopes } = pendingChanges(database, mirrorName);
    if (count === 0) return total;
    const states = statesOf(database.orm, scopes);
    await mirror.put(states.flatMap(({ active }) => active ?? []));
    await mirror.remove(states.filter(({ active }) => active === undefined));
    database.write((transaction) => {
      const reached = cursorOf(transaction, mirrorName);
      const isNews = (state: ScopeState, index: number): boolean =>
        JSON.stringify(state) !== JSON.stringify(states[index]);
      if (!statesOf(transaction, scopes).some(isNews)) {
        moveCursor(transaction, mirrorName, Math.max(reached, upTo));
      } else if (reached >= upTo) {
        moveCursor(transaction, mirrorName, from);
      }
    });
    total += count;
  }
}

/** The next changes, and whose entries they are about, each once. */
function pendingChanges({ orm }: HistoryDatabase, mirrorName: string) {
  const from = cursorOf(orm, mirrorName);
  const changes = orm
    .select({ id: suppressionAudit.id, row: suppressionAudit.suppressionRow })
    .from(suppressionAudit)
    .where(gt(suppressionAudit.id, from))
    .orderBy(asc(suppressionAudit.id))
    .limit(changesMax)
    .all();
  const rows = [...new Set(changes.map((change) => change.row))];
  const entries =
    rows.length === 0
      ? []
      : orm.select().from(suppression).where(inArray(suppression.id, rows)).all();
  const scopes = new Map<string, Scoped>();
  for (const entry of entries) {
    const scoped = { tenant: entry.tenant, scope: scopeOf(entry) };
    scopes.set(JSON.stringify([entry.tenant, columnsOf(scoped.scope)]), scoped);
  }
  return {
    from,
    upTo: changes.at(-1)?.id ?? from,
    count: changes.length,
    scopes: [...scopes.values()],
  };
}

function statesOf(
  reader: HistoryTransaction | HistoryDatabase['orm'],
  scopes: readonly Scoped[],
): readonly ScopeState[] {
  const find = reader.select().from(suppression).where(isActive).prepare();
  return scopes.map(({ tenant, scope }) => {
    const row = find.get(scopeValues(tenant, scope));
    return row === undefined ? { tenant, scope } : { tenant, scope, active: mirroredOf(row) };
  });
}
