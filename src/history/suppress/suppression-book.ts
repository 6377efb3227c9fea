/**
 * Changing suppressions inside one transaction; every change is audited in it.
 *
 * An entry in force is never shortened by a new one: a later end, or a reason that outranks it, raises
 * it; anything else leaves it as it is, so the same fact told twice changes nothing.
 */
import { eq, max } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { suppression, suppressionAudit } from '../../../db/sqlite/schema.ts';
import { printableText } from '../../mail/printable-text.ts';
import type { SuppressionScope } from '../../queue/suppression-mirror.ts';
import { columnsOf, isActiveOf, isPastOf } from './scope-columns.ts';

/** A suppression that is to be in force. */
export interface WantedSuppression {
  readonly tenant: string;
  readonly scope: SuppressionScope;
  /** A bounce class, `manual`, `import` or `unsubscribed`. */
  readonly reason: string;
  /** An event id, `notice:` and its id, or who. */
  readonly source: string;
  /** What was said; it is cut to a printable line of 400 characters. */
  readonly evidence?: string;
  /** Since when, ms since 1970. */
  readonly since: number;
  /** When it ends, ms since 1970; absent: when somebody removes it. */
  readonly expiresAt?: number;
  /** When to ask DNS whether the whole domain takes no mail; absent: not. */
  readonly domainCheckAt?: number;
}

/** Who does something to a suppression. */
export interface Actor {
  /** A person or program, or the rule of ours. */
  readonly name: string;
  /** Ms since 1970. */
  readonly at: number;
  /** Why, in words. */
  readonly why?: string;
}

/** What {@link SuppressionBook.add} did. `kept`: as much was in force already. */
export type AddedSuppression = 'added' | 'raised' | 'kept';

/** Changes suppressions in a transaction. */
export interface SuppressionBook {
  /** Puts an entry in force. */
  add(wanted: WantedSuppression, action: 'added' | 'imported', actor: Actor): AddedSuppression;
  /** Ends the entry of a scope; whether there was one. */
  remove(tenant: string, scope: SuppressionScope, actor: Actor): boolean;
  /** When the last entry of a scope ended, ms since 1970; undefined where none has. */
  endedAt(tenant: string, scope: SuppressionScope): number | undefined;
}

const evidenceMax = 400;
const outranking: readonly string[] = ['complaint', 'unsubscribed'];

/** The book of a transaction. */
export function openSuppressionBook(transaction: HistoryTransaction): SuppressionBook {
  return {
    add(wanted, action, actor) {
      const { tenant, scope } = wanted;
      const found = transaction.select().from(suppression).where(isActiveOf(tenant, scope)).get();
      const facts = factsOf(wanted);
      if (found === undefined) {
        const row = transaction
          .insert(suppression)
          .values({ tenant, ...columnsOf(scope), ...facts, createdAt: wanted.since })
          .returning({ id: suppression.id })
          .get();
        audit(transaction, row.id, tenant, action, actor);
        return 'added';
      }
      if (!raises(wanted, found)) return 'kept';
      const expiresAt = laterEnd(facts.expiresAt, found.expiresAt);
      transaction
        .update(suppression)
        .set({ ...facts, expiresAt })
        .where(eq(suppression.id, found.id))
        .run();
      const why = `was ${found.reason} ${endText(found.expiresAt)}`;
      audit(transaction, found.id, tenant, 'raised', {
        ...actor,
        why: actor.why === undefined ? why : `${actor.why}; ${why}`,
      });
      return 'raised';
    },
    remove(tenant, scope, actor) {
      const row = transaction
        .update(suppression)
        .set({ removedAt: actor.at, domainCheckAt: null })
        .where(isActiveOf(tenant, scope))
        .returning({ id: suppression.id })
        .get() as { readonly id: number } | undefined;
      if (row === undefined) return false;
      audit(transaction, row.id, tenant, 'removed', actor);
      return true;
    },
    endedAt(tenant, scope) {
      const found = transaction
        .select({ at: max(suppression.removedAt) })
        .from(suppression)
        .where(isPastOf(tenant, scope))
        .get();
      return found?.at ?? undefined;
    },
  };
}

/** Appends a line to the audit. */
export function audit(
  transaction: HistoryTransaction,
  suppressionRow: number,
  tenant: string,
  action: (typeof suppressionAudit.$inferInsert)['action'],
  { name: actor, at, why }: Actor,
): void {
  transaction
    .insert(suppressionAudit)
    .values({ tenant, suppressionRow, action, actor, at, why: why ?? null })
    .run();
}

/** The columns that a new entry brings, and that take the place of an old one's. */
function factsOf({ reason, source, evidence, expiresAt, domainCheckAt }: WantedSuppression) {
  return {
    reason,
    source,
    evidence: evidence === undefined ? null : printableText(evidence).trim().slice(0, evidenceMax),
    expiresAt: expiresAt ?? null,
    domainCheckAt: domainCheckAt ?? null,
  };
}

function raises(
  wanted: WantedSuppression,
  found: { readonly reason: string; readonly expiresAt: number | null },
): boolean {
  if (rankOf(wanted.reason) !== rankOf(found.reason)) {
    return rankOf(wanted.reason) > rankOf(found.reason);
  }
  if (found.expiresAt === null) return false;
  return wanted.expiresAt === undefined || wanted.expiresAt > found.expiresAt;
}

/** What a person asked for outranks what a server said: nobody may take it for a stale bounce. */
function rankOf(reason: string): number {
  return outranking.includes(reason) ? 1 : 0;
}

function laterEnd(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function endText(expiresAt: number | null): string {
  return expiresAt === null ? 'without end' : `until ${new Date(expiresAt).toISOString()}`;
}
