/**
 * What follows from notices in the very transaction that brings them together with their sends, so
 * that a crash leaves both or neither. It is called once for each notice, whether the notice or the
 * first event of its send came first.
 */
import { inArray } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { notice } from '../../../db/sqlite/schema.ts';
import type { BounceClass, SuppressionAdvice } from '../../mail/bounce-class.ts';
import { feedbackOf } from '../notice-feedback.ts';
import type { NoticeCertainty, NoticeKind, NoticeResolution } from '../notice.ts';
import type { SendOfNotice } from './resolve-notice.ts';
import { evidenceText, suppressionsOf, type Failure } from '../suppress/suppression-rules.ts';
import { inSlices } from './slices.ts';

/** A notice that is in the history now, with its send. */
export interface JoinedNotice {
  /** Row of the notice: the same for the same fact, however often it is reported. */
  readonly noticeId: number;
  readonly send: SendOfNotice;
  readonly kind: NoticeKind;
  readonly class: BounceClass;
  /** Id of the rule that found the class. */
  readonly rule: string;
  /** How sure the class is, 0 to 1. */
  readonly confidence: number;
  /** Whether the recipient should get no more mail, as the class says. */
  readonly suppression: SuppressionAdvice;
  readonly code?: number;
  readonly enhancedCode?: string;
  /** What the server answered; one line, at most 1,000 characters. */
  readonly diagnostic?: string;
  /** The server that answered; absent where the relay speaks for itself. */
  readonly remoteMta?: string;
  readonly resolution: NoticeResolution;
  /** How sure it is that the notice is about this send; see {@link afterNotices}. */
  readonly certainty: NoticeCertainty;
  /** When our server received it, ms since 1970. */
  readonly receivedAt: number;
}

/**
 * Writes what follows from notices that have just been joined to their sends. What is certain has every
 * consequence. What is likely suppresses by a complaint, and else only counts; it teaches workers nothing.
 * What is low, found by the recipient alone, changes nothing: anybody could write it.
 *
 * @param notices each of them once
 * @param now ms since 1970
 */
export function afterNotices(
  transaction: HistoryTransaction,
  notices: readonly JoinedNotice[],
  now: number,
): void {
  for (const each of notices) {
    // A delay is no failure, and whoever answers by a program has got the mail.
    const isFailure = each.kind === 'bounced' || each.kind === 'complained';
    if (isFailure && each.certainty !== 'low') {
      suppressionsOf(transaction, failureOf(each), now);
    }
  }
  const certain = notices.filter(({ certainty }) => certainty === 'certain');
  const toTell = certain.filter((each) => feedbackOf(each).length > 0);
  for (const slice of inSlices(toTell.map(({ noticeId }) => noticeId))) {
    // Told to the workers after the commit (tell-feedback.ts), and again after a crash.
    transaction
      .update(notice)
      .set({ feedback: 'due' })
      .where(inArray(notice.id, [...slice]))
      .run();
  }
}

function failureOf(joined: JoinedNotice): Failure {
  const { noticeId, send, rule, code, enhancedCode, diagnostic, certainty, receivedAt } = joined;
  return {
    tenant: send.tenant,
    sendId: send.sendId,
    recipient: send.recipient,
    ...(send.senderAddress === null ? {} : { sender: send.senderAddress }),
    class: joined.class,
    suppression: joined.suppression,
    certain: certainty === 'certain',
    source: `notice:${noticeId}`,
    evidence: evidenceText(rule, [code, enhancedCode, diagnostic]),
    at: receivedAt,
  };
}
