/**
 * Widening the suppression of an address to its domain, where a server said so and DNS says it too.
 * The address is suppressed with the server's word; its row says that DNS is to be asked, so nothing is
 * forgotten by a crash. DNS that does not answer is asked again for a week.
 */
import { and, asc, eq, isNotNull, isNull, lte } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression } from '../../../db/sqlite/schema.ts';
import { findMailRefusal, type MailRefusal } from '../../domains/mail-refusal.ts';
import type { DnsResolver } from '../../domains/resolver.ts';
import { domainOf, type EmailAddress } from '../../mail/address.ts';
import { openSuppressionBook } from './suppression-book.ts';

/** Domains asked about in one turn. */
const questionsMax = 20;
const againMs = 3_600_000;
const giveUpMs = 7 * 86_400_000;

/**
 * Asks DNS about the domains that are due, and suppresses those that take no mail.
 *
 * @returns how many domains were suppressed
 */
export async function confirmDomains(
  database: HistoryDatabase,
  resolver: DnsResolver,
  clock: { now(): number },
): Promise<number> {
  const due = database.orm
    .select()
    .from(suppression)
    .where(and(isNotNull(suppression.domainCheckAt), lte(suppression.domainCheckAt, clock.now())))
    .orderBy(asc(suppression.domainCheckAt))
    .limit(questionsMax)
    .all();
  const domains = new Set(due.map((row) => domainOf(row.addressKey as EmailAddress)));
  const answers = new Map(
    await Promise.all(
      [...domains].map(async (each) => [each, await findMailRefusal(resolver, each)] as const),
    ),
  );
  let count = 0;
  for (const row of due) {
    const domain = domainOf(row.addressKey as EmailAddress);
    const answer = answers.get(domain);
    if (answer !== undefined && settle(database, row, domain, answer, clock.now())) count += 1;
  }
  return count;
}

/** Writes down what DNS said for one entry; whether its domain was suppressed by it. */
function settle(
  database: HistoryDatabase,
  { id, tenant, reason, source, createdAt }: typeof suppression.$inferSelect,
  domain: string,
  answer: MailRefusal,
  now: number,
): boolean {
  return database.write((transaction) => {
    const isDue = and(
      eq(suppression.id, id),
      isNull(suppression.removedAt),
      isNotNull(suppression.domainCheckAt),
    );
    const again = answer.kind === 'temperror' && now - createdAt < giveUpMs;
    const changed = transaction
      .update(suppression)
      .set({ domainCheckAt: again ? now + againMs : null })
      .where(isDue)
      .run();
    const said = saidOf(domain, answer);
    if (changed.changes === 0 || said === undefined) return false;
    const book = openSuppressionBook(transaction);
    const scope = { kind: 'domain', domain } as const;
    // Somebody has allowed the domain since the server spoke.
    if ((book.endedAt(tenant, scope) ?? -1) >= createdAt) return false;
    const wanted = { tenant, scope, reason, source, evidence: said, since: now };
    return book.add(wanted, 'added', { name: 'dns', at: now, why: said }) === 'added';
  });
}

function saidOf(domain: string, answer: MailRefusal): string | undefined {
  switch (answer.kind) {
    case 'no-domain':
      return `DNS: ${domain} does not exist`;
    case 'null-mx':
      return `DNS: ${domain} takes no mail (null MX)`;
    case 'none':
    case 'temperror':
      return undefined;
  }
}
