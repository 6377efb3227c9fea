/**
 * From a failure to a suppression, in the transaction that records the failure.
 *
 * 1. What advises nothing, or happened before the last entry of the same scope ended, changes nothing:
 *    whoever took an entry away knew of it.
 * 2. `now` puts an entry in force. A domain is never suppressed on a server's word: the address is, and
 *    DNS is asked afterwards (confirm-domains.ts).
 * 3. `after` counts messages, not attempts: a send counts once, from when it first failed so. Any stretch
 *    of the window's length with enough of them suppresses, in whatever order they are told.
 * 4. A failure that is not certainly of a send of ours (a notice without its token) only ever counts.
 *    A complaint suppresses always: one mail too few costs less than one too many.
 */
import { and, eq, gte } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { countedBounce } from '../../../db/sqlite/schema.ts';
import { addressKey, type EmailAddress } from '../../mail/address.ts';
import type { BounceClass, SuppressionAdvice } from '../../mail/bounce-class.ts';
import type { SuppressionScope } from '../../queue/suppression-mirror.ts';
import { openSuppressionBook, type WantedSuppression } from './suppression-book.ts';

/** A failure of a send, told by a server's reply or by a notice. */
export interface Failure {
  readonly tenant: string;
  /** Its send; absent where a notice does not tell. */
  readonly sendId?: string;
  readonly recipient: string;
  /** Address of the sender; absent where nobody knows it: then no pair is suppressed. */
  readonly sender?: string;
  readonly class: BounceClass;
  /** What the class advises; absent: nothing. */
  readonly suppression?: SuppressionAdvice;
  /** Whether it is certainly about a send of ours. */
  readonly certain: boolean;
  /** Event id of the attempt, or `notice:` and the id of the notice. */
  readonly source: string;
  /** What was said: codes, rule, words. */
  readonly evidence?: string;
  /** Ms since 1970. */
  readonly at: number;
}

/** What an entry rests on: the rule that decided, and what was said; its parts in their order, absent ones left out. */
export function evidenceText(rule: string, said: readonly (string | number | undefined)[]): string {
  return [`[${rule}]`, ...said.filter((part) => part !== undefined)].join(' ');
}

/** What to do where {@link Failure.certain} is false, in place of suppressing at once. */
const doubtful: Extract<SuppressionAdvice, { kind: 'after' }> = {
  kind: 'after',
  count: 3,
  withinDays: 30,
};
const complaint: SuppressionAdvice = { kind: 'now', of: 'address' };
const dayMs = 86_400_000;

/**
 * Suppresses whom a failure says to suppress.
 *
 * @param now ms since 1970
 */
export function suppressionsOf(
  transaction: HistoryTransaction,
  failure: Failure,
  now: number,
): void {
  const advice = adviceOf(failure);
  switch (advice.kind) {
    case 'never':
      return;
    case 'now': {
      const scope = scopeOf(failure, advice.of);
      if (scope === undefined) return;
      const askDns = advice.of === 'domain' ? { domainCheckAt: now } : {};
      putInForce(transaction, failure, scope, endOf(failure.at, advice.days), askDns, now);
      return;
    }
    case 'after': {
      const reachedAt = count(transaction, failure, advice, now);
      if (reachedAt === undefined) return;
      const scope = scopeOf(failure, 'address');
      if (scope === undefined) return;
      const why = `${advice.count} messages within ${advice.withinDays} days`;
      putInForce(transaction, failure, scope, endOf(reachedAt, advice.days), { why }, now);
    }
  }
}

function adviceOf(failure: Failure): SuppressionAdvice {
  if (failure.class === 'complaint') return complaint;
  const advice = failure.suppression ?? { kind: 'never' };
  if (failure.certain || advice.kind !== 'now') return advice;
  return { ...doubtful, ...(advice.days === undefined ? {} : { days: advice.days }) };
}

function scopeOf(
  { recipient, sender }: Failure,
  of: 'address' | 'pair' | 'domain',
): SuppressionScope | undefined {
  const address = addressKey(recipient as EmailAddress);
  if (of !== 'pair') return { kind: 'address', address };
  if (sender === undefined) return undefined;
  return { kind: 'pair', address, sender: addressKey(sender as EmailAddress) };
}

function endOf(from: number, days: number | undefined): { expiresAt?: number } {
  return days === undefined ? {} : { expiresAt: from + days * dayMs };
}

function putInForce(
  transaction: HistoryTransaction,
  failure: Failure,
  scope: SuppressionScope,
  end: { readonly expiresAt?: number },
  { why, ...askDns }: { readonly why?: string; readonly domainCheckAt?: number },
  now: number,
): void {
  const { tenant, class: reason, source, evidence, at } = failure;
  // Told so late that it is over already.
  if (end.expiresAt !== undefined && end.expiresAt <= now) return;
  const book = openSuppressionBook(transaction);
  if ((book.endedAt(tenant, scope) ?? -1) >= at) return;
  const wanted: WantedSuppression = {
    tenant,
    scope,
    reason,
    source,
    since: Math.min(at, now),
    ...(evidence === undefined ? {} : { evidence }),
    ...end,
    ...askDns,
  };
  const name = source.startsWith('notice:') ? 'notice' : 'reply';
  book.add(wanted, 'added', { name, at: now, ...(why === undefined ? {} : { why }) });
}

/**
 * Counts a message.
 *
 * @returns when the last message of a stretch that reaches the count failed; undefined where none does
 */
function count(
  transaction: HistoryTransaction,
  failure: Failure,
  { count: needed, withinDays }: { readonly count: number; readonly withinDays: number },
  now: number,
): number | undefined {
  const { tenant, class: bounceClass, at } = failure;
  const about = failure.sendId ?? failure.source;
  const windowMs = withinDays * dayMs;
  const address = addressKey(failure.recipient as EmailAddress);
  // Twice the window: what is told late may be the middle of a stretch.
  const countsUntil = at + 2 * windowMs;
  if (countsUntil <= now) return undefined;
  const known = and(
    eq(countedBounce.about, about),
    eq(countedBounce.bounceClass, bounceClass),
    eq(countedBounce.tenant, tenant),
  );
  const added = transaction
    .insert(countedBounce)
    .values({ tenant, addressKey: address, bounceClass, about, at, countsUntil })
    .onConflictDoNothing()
    .run();
  if (added.changes === 0) {
    const earlier = and(known, gte(countedBounce.at, at + 1));
    transaction.update(countedBounce).set({ at, countsUntil }).where(earlier).run();
  }
  const since = openSuppressionBook(transaction).endedAt(tenant, { kind: 'address', address }) ?? 0;
  const times = transaction
    .select({ at: countedBounce.at })
    .from(countedBounce)
    .where(
      and(
        eq(countedBounce.addressKey, address),
        eq(countedBounce.bounceClass, bounceClass),
        eq(countedBounce.tenant, tenant),
        gte(countedBounce.at, since + 1),
      ),
    )
    .all()
    .map((row) => row.at);
  return lastOfStretch(times, needed, windowMs);
}

/** The latest time that ends a stretch, no longer than the window, with at least `needed` times in it. */
function lastOfStretch(
  times: readonly number[],
  needed: number,
  windowMs: number,
): number | undefined {
  const ordered = times.toSorted((a, b) => a - b);
  return ordered.findLast((time, index) => {
    const first = ordered[index - needed + 1];
    return first !== undefined && time - first < windowMs;
  });
}
