import { eventOfSend } from './event-of-send.ts';
import type { OutcomeEvent } from './outcome-event.ts';
import type { SendJob } from './send-job.ts';

/**
 * The event of a send that somebody ended: it counts as the next attempt, as every end without one.
 *
 * @param attempt number of the latest attempt, plus one
 * @param at ms since 1970
 * @param reason who decided it, without secrets
 */
export function decisionEvent(
  job: SendJob,
  attempt: number,
  at: number,
  reason: string,
): OutcomeEvent {
  return eventOfSend(job, attempt, { state: 'cancelled', at, reason });
}
