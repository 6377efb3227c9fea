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
import { prepareInsert } from '../store/prepared-insert.ts';
import { columnsOf, isActive, isPast, scopeValues } from './scope-columns.ts';

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
  /** Ends an entry in force. */
  end(
    entry: { readonly id: number; readonly tenant: string },
    at: number,
    action: 'expired' | 'removed',
    actor: Actor,
  ): void;
  /** When the last entry of a scope ended, ms since 1970; undefined where none has. */
  endedAt(tenant: string, scope: SuppressionScope): number | undefined;
}

const evidenceMax = 400;
const outranking: readonly string[] = ['complaint', 'unsubscribed'];

const books = new WeakMap<HistoryTransaction, SuppressionBook>();

/** The book of a transaction; the same at every call. */
export function openSuppressionBook(transaction: HistoryTransaction): SuppressionBook {
  const book = books.get(transaction) ?? newBook(transaction);
  books.set(transaction, book);
  return book;
}

function newBook(transaction: HistoryTransaction): SuppressionBook {
  const entries = prepareInsert(transaction, suppression);
  const lines = prepareInsert(transaction, suppressionAudit);
  const findActive = transaction.select().from(suppression).where(isActive).prepare();
  const findEnd = transaction
    .select({ at: max(suppression.removedAt) })
    .from(suppression)
    .where(isPast)
    .prepare();

  const note = (
    suppressionRow: number,
    tenant: string,
    action: (typeof suppressionAudit.$inferInsert)['action'],
    { name: actor, at, why }: Actor,
  ): void => {
    lines.insert({ tenant, suppressionRow, action, actor, at, why: why ?? null });
  };
  const end: SuppressionBook['end'] = ({ id, tenant }, at, action, actor) => {
    const ended = { removedAt: at, domainCheckAt: null };
    transaction.update(suppression).set(ended).where(eq(suppression.id, id)).run();
    note(id, tenant, action, actor);
  };

  return {
    add(wanted, action, actor) {
      const { tenant, scope } = wanted;
      const found = findActive.get(scopeValues(tenant, scope));
      const facts = factsOf(wanted);
      if (found === undefined) {
        const row = { tenant, ...columnsOf(scope), ...facts, createdAt: wanted.since };
        const id = entries.insert(row);
        if (id === undefined) throw new TypeError('a suppression was added twice');
        note(id, tenant, action, actor);
        return 'added';
      }
      if (!raises(wanted, found)) return 'kept';
      const expiresAt = laterEnd(facts.expiresAt, found.expiresAt);
      transaction
        .update(suppression)
        .set({ ...facts, expiresAt })
        .where(eq(suppression.id, found.id))
        .run();
      const before = `was ${found.reason} ${endText(found.expiresAt)}`;
      const why = actor.why === undefined ? before : `${actor.why}; ${before}`;
      note(found.id, tenant, 'raised', { ...actor, why });
      return 'raised';
    },
    remove(tenant, scope, actor) {
      const found = findActive.get(scopeValues(tenant, scope));
      if (found === undefined) return false;
      end(found, actor.at, 'removed', actor);
      return true;
    },
    end,
    endedAt: (tenant, scope) => findEnd.get(scopeValues(tenant, scope))?.at ?? undefined,
  };
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
