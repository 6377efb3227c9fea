import type { Filling } from '../mail/filling.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { BounceClass, SuppressionAdvice } from '../mail/bounce-class.ts';
import { isMessageId, isSendId, type MessageId, type SendId } from '../mail/ids.ts';
import {
  attemptResults,
  maskingModes,
  sendKinds,
  sendStates,
  type AttemptResult,
  type MaskingMode,
  type SendKind,
  type SendState,
} from '../mail/kinds.ts';
import { readEventBounce } from './event-bounce.ts';
import { readFilling } from './read-filling.ts';
import { FieldReader, readVersioned } from './reading.ts';

/** Newest version of the event shape this release writes and reads. */
export const outcomeEventVersion = 1;

/**
 * What one attempt of a send led to. Public contract between workers and whoever reads the outcome
 * stream; delivered at least once, told apart by `eventId`. That of a send of a template carries its
 * filling (`to`, `subject`, `variables`), without which the content does not tell what was sent.
 */
export interface OutcomeEvent extends Partial<Filling> {
  readonly v: typeof outcomeEventVersion;
  /** `<sendId>.<attempt>`: unique, and the same when written again. */
  readonly eventId: string;
  readonly sendId: SendId;
  readonly messageId: MessageId;
  readonly tenant: string;
  readonly kind: SendKind;
  /** Address of the sender, the user on whose behalf; absent where the content was not read. */
  readonly from?: string;
  readonly recipient: string;
  readonly contentKey: string;
  /** Number of the attempt, from 1. An end without an attempt (expired, held) counts as the next one. */
  readonly attempt: number;
  /** How the attempt ended; absent where the send ended without one. */
  readonly result?: AttemptResult;
  /** State of the send after it. */
  readonly state: SendState;
  /** When it ended, ms since 1970. */
  readonly at: number;
  /** From asking for a connection to the end, in milliseconds; absent where nothing was submitted. */
  readonly tookMs?: number;
  /** When the next attempt may begin, ms since 1970, for state `waiting`. */
  readonly nextAt?: number;
  /** How the message was masked; absent where it came to no rendering. */
  readonly mode?: MaskingMode;
  /** Row of the decision table that chose the mode, from 1. */
  readonly modeRow?: number;
  /** Name of the route; absent where none was used. */
  readonly route?: string;
  /** What the server answered; absent where it did not answer. */
  readonly reply?: SmtpReply;
  /** What the failure means, where the attempt did not end accepted; absent in events of older workers. */
  readonly bounce?: EventBounce;
  /** Why, where no reply tells: an error code or a short sentence without secrets. */
  readonly reason?: string;
}

/** What a worker made of the reply or error that an attempt ended with. */
export interface EventBounce {
  readonly class: BounceClass;
  /** Id of the rule that decided. */
  readonly rule: string;
  /** Whether the recipient should get no more mail; absent: it may. */
  readonly suppression?: Exclude<SuppressionAdvice, { readonly kind: 'never' }>;
}

/** The event id of an attempt. */
export function eventIdOf(sendId: SendId, attempt: number): string {
  return `${sendId}.${attempt}`;
}

/**
 * Reads an event from its JSON text in the stream.
 *
 * @throws OnbehalfError `INVALID_EVENT` naming all fields at fault; `NEWER_VERSION`
 */
export function parseOutcomeEvent(json: string): OutcomeEvent {
  const source = readVersioned(parseJson(json), outcomeEventVersion, 'INVALID_EVENT', 'event');
  const fields = new FieldReader(source);
  const event: OutcomeEvent = {
    v: outcomeEventVersion,
    eventId: fields.text('eventId'),
    sendId: fields.checkedText('sendId', isSendId, 'a send id'),
    messageId: fields.checkedText('messageId', isMessageId, 'a message id'),
    tenant: fields.text('tenant'),
    kind: fields.oneOf('kind', sendKinds),
    ...(fields.has('from') ? { from: fields.text('from') } : {}),
    recipient: fields.text('recipient'),
    contentKey: fields.text('contentKey'),
    attempt: fields.count('attempt'),
    ...(fields.has('result') ? { result: fields.oneOf('result', attemptResults) } : {}),
    state: fields.oneOf('state', sendStates),
    at: fields.count('at'),
    ...(fields.has('tookMs') ? { tookMs: fields.count('tookMs') } : {}),
    ...(fields.has('nextAt') ? { nextAt: fields.count('nextAt') } : {}),
    ...(fields.has('mode') ? { mode: fields.oneOf('mode', maskingModes) } : {}),
    ...(fields.has('modeRow') ? { modeRow: fields.count('modeRow') } : {}),
    ...(fields.has('route') ? { route: fields.text('route') } : {}),
    ...(fields.has('reply') ? { reply: readReply(source['reply']) } : {}),
    ...(fields.has('bounce') ? { bounce: readEventBounce(source['bounce']) } : {}),
    ...(fields.has('reason') ? { reason: fields.text('reason') } : {}),
  };
  const filling = readFilling(fields, event.recipient);
  fields.finish('INVALID_EVENT', 'event');
  return { ...event, ...filling };
}

function readReply(value: unknown): SmtpReply {
  const source = typeof value === 'object' && value !== null ? value : {};
  const fields = new FieldReader(source as Readonly<Record<string, unknown>>);
  const text = 'text' in source && typeof source.text === 'string' ? source.text : '';
  const reply = {
    code: fields.count('code'),
    ...(fields.has('enhancedCode') ? { enhancedCode: fields.text('enhancedCode') } : {}),
    text,
  };
  fields.finish('INVALID_EVENT', 'reply of an event');
  return reply;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
