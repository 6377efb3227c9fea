/**
 * Tells the workers, through Redis, what they should learn from notices (notice-feedback.ts).
 *
 * That a notice is to be told is written in its own transaction; here it is told after the commit
 * and then marked. A crash in between means that it is told again, which changes nothing: a refusal
 * is noted twice, and a slow-down is known by the send that caused it.
 *
 * What is old is not told: a mailbox that nobody read for a day says nothing of how we stand now.
 */
import type { HistoryDatabase } from '../../db/open.ts';
import { domainOf, readDomain, type EmailAddress } from '../mail/address.ts';
import type { BounceClass } from '../mail/bounce-class.ts';
import type { CountedNotice } from '../queue/breakers.ts';
import type { LimitState } from '../queue/limit-state.ts';
import type { PolicyRefusals } from '../queue/policy-refusals.ts';
import { slowKeys } from '../queue/slow-keys.ts';
import type { RecipientProviders } from '../domains/recipient-providers.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { feedbackOf, type NoticeFeedback } from './notice-feedback.ts';
import { dueFeedback, markTold, type DueFeedback } from './store/due-feedback.ts';

/** What {@link tellFeedback} works with. */
export interface FeedbackContext {
  readonly database: HistoryDatabase;
  readonly limits: Pick<LimitState, 'slowDownLater'>;
  readonly policyRefusals: Pick<PolicyRefusals, 'note'>;
  readonly providers: Pick<RecipientProviders, 'providerOf'>;
  /** Counts for the breaker of its sender; a notice that was counted before changes nothing. */
  readonly count: (counted: CountedNotice) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const batchMax = 100;
const hourMs = 3_600_000;
/** How old a notice may be to be told, in milliseconds: as long as what it teaches holds. */
const agesMax: Readonly<Record<NoticeFeedback['kind'], number>> = {
  'slow-down': hourMs,
  'policy-refusal': 7 * 24 * hourMs,
  counted: 24 * hourMs,
};
/** Steps on which a slowed key comes back, as for replies. */
const slowStepCount = 10;

/**
 * Tells what is due; how many notices are settled. Where DNS does not say whose mailbox it was, a
 * notice stays due for an hour.
 *
 * @throws whatever Redis or the database throws; what was not marked is told again
 */
export async function tellFeedback(context: FeedbackContext): Promise<number> {
  let settled = 0;
  let after = 0;
  for (;;) {
    const due = await dueFeedback(context.database, after, batchMax);
    const told: number[] = [];
    try {
      for (const each of due) {
        after = each.notice.id;
        if (await tell(context, each)) told.push(each.notice.id);
      }
    } finally {
      await markTold(context.database, told);
    }
    settled += told.length;
    if (due.length < batchMax) return settled;
  }
}

/** Tells one notice; false where it stays due. */
async function tell(context: FeedbackContext, due: DueFeedback): Promise<boolean> {
  const { notice, mode, route } = due;
  const { kind, class: name, replyCode, replyEnhancedCode, diagnostic, remoteMta } = notice;
  const feedback = feedbackOf({
    kind,
    class: name as BounceClass,
    ...(replyCode === null ? {} : { code: replyCode }),
    ...(replyEnhancedCode === null ? {} : { enhancedCode: replyEnhancedCode }),
    ...(diagnostic === null ? {} : { diagnostic }),
    ...(remoteMta === null ? {} : { remoteMta }),
    send: { mode, route },
  });
  const ageMs = context.clock.now() - notice.receivedAt;
  const timely = feedback.filter((each) => ageMs <= agesMax[each.kind]);
  for (const each of timely) {
    if (each.kind !== 'counted') continue;
    const counted = countedOf(due, each.what);
    if (counted !== undefined) await context.count(counted);
  }
  if (timely.every((each) => each.kind === 'counted')) return true;
  // A recipient that is no address could not have been sent to; should one be, it holds up nobody.
  const domain = readDomain(domainOf(due.recipient as EmailAddress));
  const provider = domain === undefined ? 'other' : await context.providers.providerOf(domain);
  if (provider === 'temperror' && ageMs < hourMs) return false;
  for (const each of timely) {
    switch (each.kind) {
      case 'policy-refusal':
        await noteRefusal(context, due, provider);
        break;
      case 'slow-down':
        await slowDown(context, due, each, provider);
        break;
      case 'counted':
        // Before: it does not depend on whose mailbox it was.
        break;
    }
  }
  return true;
}

function countedOf(
  { notice, sendId, senderAddress }: DueFeedback,
  what: CountedNotice['what'],
): CountedNotice | undefined {
  if (senderAddress === null) return undefined;
  const { tenant, receivedAt: at } = notice;
  // One send is complained of once, in however many reports.
  const noticeId = `${what}:${sendId}`;
  return { what, tenant: tenant ?? 'default', sender: senderAddress, noticeId, at };
}

type Provider = Awaited<ReturnType<RecipientProviders['providerOf']>>;

async function noteRefusal(
  { policyRefusals, logger }: FeedbackContext,
  { senderAddress, sendId, notice }: DueFeedback,
  provider: Provider,
): Promise<void> {
  if (senderAddress === null || provider === 'temperror') return;
  const fromDomain = domainOf(senderAddress as EmailAddress);
  await policyRefusals.note(fromDomain, provider);
  const { tenant } = notice;
  logger.warn('on-behalf-refused-by-policy', { fromDomain, provider, tenant, sendId });
}

async function slowDown(
  { limits, logger }: FeedbackContext,
  { route, sendId, sentAt, senderAddress, recipient }: DueFeedback,
  { scope, waitMs, stepMs }: Extract<NoticeFeedback, { kind: 'slow-down' }>,
  provider: Provider,
): Promise<void> {
  if (route === null || (scope === 'sender' && senderAddress === null)) return;
  const known = provider === 'temperror' ? 'other' : provider;
  const domain = domainOf(recipient as EmailAddress);
  const key = slowKeys({ route, provider: known, domain, sender: senderAddress ?? '' })[scope];
  const plan = { pauseMs: waitMs, stepMs, stepCount: slowStepCount };
  const changed = await limits.slowDownLater(key, plan, { name: sendId, sentAt });
  if (changed) logger.warn('slowed-down', { key, ms: waitMs, sendId, because: 'notice' });
}
