import { fillingOf } from '../mail/filling.ts';
import { eventIdOf, outcomeEventVersion, type OutcomeEvent } from './outcome-event.ts';
import type { SendJob } from './send-job.ts';

/** What an event says that its job does not; undefined: nothing of it. */
type DetailsOfEvent = Pick<OutcomeEvent, 'state' | 'at'> & {
  readonly [Name in Told]?: OutcomeEvent[Name] | undefined;
};

type Told =
  | 'from'
  | 'result'
  | 'tookMs'
  | 'nextAt'
  | 'mode'
  | 'modeRow'
  | 'route'
  | 'reply'
  | 'bounce'
  | 'reason';

/** The event of an attempt of a send, or of an end without one. */
export function eventOfSend(job: SendJob, attempt: number, details: DetailsOfEvent): OutcomeEvent {
  const { sendId, messageId, tenant, kind, recipient, contentKey } = job;
  const { from, result, tookMs, nextAt, mode, modeRow, route, reply, bounce, reason } = details;
  const event: { -readonly [Name in keyof OutcomeEvent]: OutcomeEvent[Name] } = {
    v: outcomeEventVersion,
    eventId: eventIdOf(sendId, attempt),
    sendId,
    messageId,
    tenant,
    kind,
    recipient,
    contentKey,
    attempt,
    state: details.state,
    at: details.at,
  };
  // Objects spread into one another would be shorter, and cost more than all else in a record.
  if (from !== undefined) event.from = from;
  if (result !== undefined) event.result = result;
  if (tookMs !== undefined) event.tookMs = tookMs;
  if (nextAt !== undefined) event.nextAt = nextAt;
  if (mode !== undefined) event.mode = mode;
  if (modeRow !== undefined) event.modeRow = modeRow;
  if (route !== undefined) event.route = route;
  if (reply !== undefined) event.reply = reply;
  if (bounce !== undefined) event.bounce = bounce;
  if (reason !== undefined) event.reason = reason;
  const filling = fillingOf(job);
  return filling === undefined ? event : Object.assign(event, filling);
}
