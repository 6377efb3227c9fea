import { and, eq, isNotNull, isNull, type SQL } from 'drizzle-orm';
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

/** Picks the entry in force of a scope; there is one at most. */
export function isActiveOf(tenant: string, scope: SuppressionScope): SQL | undefined {
  return and(isOf(tenant, scope), isNull(suppression.removedAt));
}

/** Picks the entries of a scope that are over. */
export function isPastOf(tenant: string, scope: SuppressionScope): SQL | undefined {
  return and(isOf(tenant, scope), isNotNull(suppression.removedAt));
}

function isOf(tenant: string, scope: SuppressionScope): SQL | undefined {
  const { addressKey, senderKey, domain } = columnsOf(scope);
  return and(
    eq(suppression.addressKey, addressKey),
    eq(suppression.domain, domain),
    eq(suppression.senderKey, senderKey),
    eq(suppression.tenant, tenant),
  );
}
