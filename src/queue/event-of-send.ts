import { fillingOf, type Filling } from '../mail/filling.ts';
import { eventIdOf, outcomeEventVersion, type OutcomeEvent } from './outcome-event.ts';
import type { SendJob } from './send-job.ts';

/** What an event says that its job does not. */
type DetailsOfEvent = Omit<
  OutcomeEvent,
  | 'v'
  | 'eventId'
  | 'sendId'
  | 'messageId'
  | 'tenant'
  | 'kind'
  | 'recipient'
  | 'contentKey'
  | 'attempt'
  | keyof Filling
>;

/** The event of an attempt of a send, or of an end without one. */
export function eventOfSend(job: SendJob, attempt: number, details: DetailsOfEvent): OutcomeEvent {
  const { sendId, messageId, tenant, kind, recipient, contentKey } = job;
  return {
    v: outcomeEventVersion,
    eventId: eventIdOf(sendId, attempt),
    sendId,
    messageId,
    tenant,
    kind,
    recipient,
    contentKey,
    attempt,
    ...details,
    ...fillingOf(job),
  };
}
