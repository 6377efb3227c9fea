/**
 * Where a send stands, computed from all events known of it.
 *
 * Events arrive at least once and in any order, so nothing is carried forward from the last state:
 * the state is that of the highest attempt, except that a final state is never left. Should two
 * final ones be reported, the lower attempt's counts. The last reply, route and mode come from the
 * last attempt up to there that had one: an end without an attempt keeps the answer before it.
 */
import type { attempt, send } from '../../../db/sqlite/schema.ts';
import { isFinal } from '../../mail/kinds.ts';

/** What the projection needs of an attempt. */
export type AttemptFacts = Pick<
  typeof attempt.$inferSelect,
  | 'number'
  | 'result'
  | 'state'
  | 'at'
  | 'nextAt'
  | 'mode'
  | 'modeRow'
  | 'route'
  | 'replyCode'
  | 'replyEnhancedCode'
  | 'replyText'
  | 'bounceClass'
  | 'bounceRule'
  | 'reason'
>;

/** The columns of a send that are computed from its attempts. */
export type SendProjection = Omit<
  typeof send.$inferSelect,
  | 'id'
  | 'tenant'
  | 'sendId'
  | 'messageRow'
  | 'contactId'
  | 'recipient'
  | 'noticeKind'
  | 'noticeClass'
  | 'noticeAt'
>;

/** Computes where a send stands from at least one attempt, given in any order. */
export function projectSend(attempts: readonly AttemptFacts[]): SendProjection {
  const ordered = attempts.toSorted((a, b) => a.number - b.number);
  const deciding = ordered.find((each) => isFinal(each.state)) ?? ordered.at(-1);
  if (deciding === undefined) throw new TypeError('a send without an event has no state');
  const upTo = ordered.filter((each) => each.number <= deciding.number);
  const masked = upTo.findLast((each) => each.mode !== null);
  const answered = upTo.findLast((each) => each.replyCode !== null);
  // What was accepted in the end has no failure to show; that of an earlier attempt stays with it.
  const failed =
    deciding.result === 'accepted' ? undefined : upTo.findLast((each) => each.bounceClass !== null);
  return {
    state: deciding.state,
    attemptCount: ordered.filter((each) => each.result !== null).length,
    lastAttempt: deciding.number,
    mode: masked?.mode ?? null,
    modeRow: masked?.modeRow ?? null,
    route: upTo.findLast((each) => each.route !== null)?.route ?? null,
    replyCode: answered?.replyCode ?? null,
    replyEnhancedCode: answered?.replyEnhancedCode ?? null,
    replyText: answered?.replyText ?? null,
    bounceClass: failed?.bounceClass ?? null,
    bounceRule: failed?.bounceRule ?? null,
    reason: deciding.reason,
    firstAt: Math.min(...ordered.map((each) => each.at)),
    lastAt: deciding.at,
    nextAt: deciding.state === 'waiting' ? deciding.nextAt : null,
    finalAt: isFinal(deciding.state) ? deciding.at : null,
  };
}
