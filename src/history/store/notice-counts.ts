import { and, count, desc, eq, gt, isNull, min, sql } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { intake, notice } from '../../../db/sqlite/schema.ts';
import type { QuarantineReason } from '../intake-verdict.ts';
import { noticeKinds, type NoticeKind } from '../notice.ts';

/** So many forged return paths within {@link forgedWindowMs} are reported as a burst. */
export const forgedBurst = 20;
/** Ten minutes, in milliseconds. */
export const forgedWindowMs = 10 * 60_000;

/** What came back, counted. */
export interface NoticeCounts {
  /** Notices, one for each mail and send. */
  readonly byKind: Readonly<Record<NoticeKind, number>>;
  /** Notices whose send is not known, over all tenants: it tells the tenant. */
  readonly waiting: { readonly count: number; readonly oldestAt?: number };
  /** Notices of which workers are still to be told. */
  readonly feedbackDue: number;
  /** Mails with a return path of our form that we did not make, over all tenants. */
  readonly forged: {
    readonly count: number;
    readonly lastAt?: number;
    /** How many of them came within the ten minutes up to the last one. */
    readonly lastTenMinutes: number;
    /** Whether those are a burst: 20 or more. */
    readonly isBurst: boolean;
  };
}

/**
 * Counts what came back.
 *
 * @param tenant default: all tenants
 */
export async function countNotices(
  database: HistoryDatabase,
  tenant?: string,
): Promise<NoticeCounts> {
  const rows = database.orm
    .select({ kind: notice.kind, count: count() })
    .from(notice)
    .where(tenant === undefined ? undefined : eq(notice.tenant, tenant))
    .groupBy(notice.kind)
    .all();
  const found = new Map(rows.map((row) => [row.kind, row.count]));
  const due = database.orm
    .select({ count: count() })
    .from(notice)
    .where(sql`${notice.feedback} = 'due'`)
    .get();
  const last = database.orm
    .select({ at: intake.recordedAt })
    .from(intake)
    .where(isForged)
    .orderBy(desc(intake.recordedAt))
    .limit(1)
    .get();
  const all = database.orm.select({ count: count() }).from(intake).where(isForged).get();
  const lastTenMinutes =
    last === undefined ? 0 : await countForged(database, last.at - forgedWindowMs);
  return {
    byKind: Object.fromEntries(noticeKinds.map((kind) => [kind, found.get(kind) ?? 0])) as Record<
      NoticeKind,
      number
    >,
    waiting: await countWaiting(database),
    feedbackDue: due?.count ?? 0,
    forged: {
      count: all?.count ?? 0,
      ...(last === undefined ? {} : { lastAt: last.at }),
      lastTenMinutes,
      isBurst: lastTenMinutes >= forgedBurst,
    },
  };
}

const isForged = and(
  eq(intake.state, 'quarantined'),
  eq(intake.reason, 'forged-token' satisfies QuarantineReason),
);

/** How many forged return paths were recorded after this moment, ms since 1970. */
export async function countForged(database: HistoryDatabase, after: number): Promise<number> {
  const row = database.orm
    .select({ count: count() })
    .from(intake)
    .where(and(isForged, gt(intake.recordedAt, after)))
    .get();
  return Promise.resolve(row?.count ?? 0);
}

/** Notices whose send is not known, and when the oldest of them came. */
export async function countWaiting(database: HistoryDatabase): Promise<NoticeCounts['waiting']> {
  const row = database.orm
    .select({ count: count(), oldestAt: min(notice.recordedAt) })
    .from(notice)
    .where(isNull(notice.sendRow))
    .get();
  const oldestAt = row?.oldestAt ?? undefined;
  return Promise.resolve({
    count: row?.count ?? 0,
    ...(oldestAt === undefined ? {} : { oldestAt }),
  });
}
