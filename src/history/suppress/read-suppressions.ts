import { and, asc, eq, gt, inArray, isNull, type SQL } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression, suppressionAudit } from '../../../db/sqlite/schema.ts';
import type { SuppressionScope } from '../../queue/suppression-mirror.ts';

/** A suppression as it is shown. Addresses and domains in the form that is compared. */
export interface SuppressionRecord {
  /** Rises with each entry. */
  readonly id: number;
  readonly tenant: string;
  readonly scope: SuppressionScope['kind'];
  readonly address?: string;
  readonly sender?: string;
  readonly domain?: string;
  /** A bounce class, `manual`, `import` or `unsubscribed`. */
  readonly reason: string;
  /** An event id, `notice:` and its id, or who. */
  readonly source: string;
  /** What was said: codes, the rule that decided, words. */
  readonly evidence?: string;
  /** Ms since 1970. */
  readonly since: number;
  /** Ms since 1970; absent: when somebody removes it. */
  readonly expiresAt?: number;
  /** When it ended, ms since 1970; absent while it is in force. */
  readonly endedAt?: number;
}

/** Which suppressions; what is absent does not matter. */
export interface SuppressionFilter {
  readonly tenant?: string;
  readonly scope?: SuppressionScope['kind'];
  /** In the form that is compared. */
  readonly address?: string;
  readonly sender?: string;
  readonly domain?: string;
  readonly reason?: string;
  /** Those too that are over; default false. */
  readonly past?: boolean;
}

/** A line of the audit. */
export interface SuppressionAuditLine {
  readonly action: 'added' | 'raised' | 'expired' | 'removed' | 'imported';
  /** A person or program, or the rule of ours. */
  readonly by: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly why?: string;
}

const pageSize = 500;

/** Suppressions in pages of at most 500, oldest first, each page as it is when it is asked for. */
export async function* readSuppressions(
  { orm }: HistoryDatabase,
  filter: SuppressionFilter = {},
): AsyncGenerator<readonly SuppressionRecord[]> {
  const wanted = conditionsOf(filter);
  let after = 0;
  for (;;) {
    const rows = orm
      .select()
      .from(suppression)
      .where(and(gt(suppression.id, after), ...wanted))
      .orderBy(asc(suppression.id))
      .limit(pageSize)
      .all();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield await Promise.resolve(rows.map(recordOf));
    after = last.id;
  }
}

/** What was done to suppressions, by their ids, oldest first. */
export function auditOfSuppressions(
  { orm }: HistoryDatabase,
  ids: readonly number[],
): ReadonlyMap<number, readonly SuppressionAuditLine[]> {
  const rows = orm
    .select()
    .from(suppressionAudit)
    .where(inArray(suppressionAudit.suppressionRow, [...ids]))
    .orderBy(asc(suppressionAudit.id))
    .all();
  const lines = new Map<number, SuppressionAuditLine[]>();
  for (const { suppressionRow, action, actor, at, why } of rows) {
    const line = { action, by: actor, at, ...(why === null ? {} : { why }) };
    lines.set(suppressionRow, [...(lines.get(suppressionRow) ?? []), line]);
  }
  return lines;
}

function conditionsOf(filter: SuppressionFilter): readonly (SQL | undefined)[] {
  const { tenant, scope, address, sender, domain, reason, past = false } = filter;
  return [
    tenant === undefined ? undefined : eq(suppression.tenant, tenant),
    scope === undefined ? undefined : eq(suppression.kind, scope),
    address === undefined ? undefined : eq(suppression.addressKey, address),
    sender === undefined ? undefined : eq(suppression.senderKey, sender),
    domain === undefined ? undefined : eq(suppression.domain, domain),
    reason === undefined ? undefined : eq(suppression.reason, reason),
    past ? undefined : isNull(suppression.removedAt),
  ];
}

function recordOf(row: typeof suppression.$inferSelect): SuppressionRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    scope: row.kind,
    ...(row.addressKey === '' ? {} : { address: row.addressKey }),
    ...(row.senderKey === '' ? {} : { sender: row.senderKey }),
    ...(row.domain === '' ? {} : { domain: row.domain }),
    reason: row.reason,
    source: row.source,
    ...(row.evidence === null ? {} : { evidence: row.evidence }),
    since: row.createdAt,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
    ...(row.removedAt === null ? {} : { endedAt: row.removedAt }),
  };
}
