import { and, eq, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';
import { suppression } from '../../../db/sqlite/schema.ts';
import type { MirroredSuppression, SuppressionScope } from '../../queue/suppression-mirror.ts';

/** The columns that a scope is kept in. */
export interface ScopeColumns {
  readonly kind: SuppressionScope['kind'];
  readonly addressKey: string;
  readonly senderKey: string;
  readonly domain: string;
}

/** A scope as columns; what its kind has not is empty. */
export function columnsOf(scope: SuppressionScope): ScopeColumns {
  const none = { kind: scope.kind, addressKey: '', senderKey: '', domain: '' };
  switch (scope.kind) {
    case 'address':
      return { ...none, addressKey: scope.address };
    case 'pair':
      return { ...none, addressKey: scope.address, senderKey: scope.sender };
    case 'domain':
      return { ...none, domain: scope.domain };
  }
}

/** The scope out of its columns. */
export function scopeOf({ kind, addressKey, senderKey, domain }: ScopeColumns): SuppressionScope {
  switch (kind) {
    case 'address':
      return { kind, address: addressKey };
    case 'pair':
      return { kind, address: addressKey, sender: senderKey };
    case 'domain':
      return { kind, domain };
  }
}

/** A row as the mirror has it. */
export function mirroredOf(row: typeof suppression.$inferSelect): MirroredSuppression {
  return {
    tenant: row.tenant,
    scope: scopeOf(row),
    reason: row.reason,
    since: row.createdAt,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  };
}

/** Picks the entry in force of a scope given as values of a prepared statement; there is one at most. */
export const isActive: SQL | undefined = and(isOfScope(), isNull(suppression.removedAt));

/** Picks the entries of such a scope that are over. */
export const isPast: SQL | undefined = and(isOfScope(), isNotNull(suppression.removedAt));

/** The values of a statement with {@link isActive} or {@link isPast}. */
export function scopeValues(
  tenant: string,
  scope: SuppressionScope,
): Readonly<Record<string, string>> {
  return { tenant, ...columnsOf(scope) };
}

function isOfScope(): SQL | undefined {
  return and(
    eq(suppression.addressKey, sql.placeholder('addressKey')),
    eq(suppression.domain, sql.placeholder('domain')),
    eq(suppression.senderKey, sql.placeholder('senderKey')),
    eq(suppression.tenant, sql.placeholder('tenant')),
  );
}
