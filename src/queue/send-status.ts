import type { EmailAddress } from '../mail/address.ts';
import type { MessageId, SendId } from '../mail/ids.ts';
import { isFinal, type AttemptResult, type SendState } from '../mail/kinds.ts';
import { codeOf } from '../runtime/errors.ts';
import { decisionEvent } from './decision-event.ts';
import type { FoundSend, Ledger } from './ledger.ts';
import type { Limits } from './limits.ts';
import { parseSendJob, type SendJob } from './send-job.ts';
import type { SendQueue } from './send-queue.ts';

/*
 * What callers may ask and decide of a send by its id alone. A send that ended is known for 7 days
 * at least, by its state, its attempts and the time of its end; all else is in the history.
 */

/** Where a send is. */
export type SendStatus = KnownSend | { readonly kind: 'unknown'; readonly sendId: SendId };

/** A send that the ledger or the queue knows. */
export interface KnownSend {
  readonly kind: 'known';
  readonly sendId: SendId;
  readonly state: SendState;
  /** Number of the latest attempt, begun or ended; 0 for none. */
  readonly attempt: number;
  /** How that attempt ended; absent for none, and while it runs. */
  readonly result?: AttemptResult;
  /** When the body of the attempt that runs now was begun, ms since 1970. */
  readonly openSince?: number;
  /** No attempt before this, ms since 1970; while it waits. */
  readonly notBefore?: number;
  /** When it came to its end, ms since 1970, to the second. */
  readonly endedAt?: number;
  /** While it is in flight or held. */
  readonly messageId?: MessageId;
  readonly tenant?: string;
  readonly recipient?: EmailAddress;
  readonly createdAt?: number;
  readonly expiresAt?: number;
}

/**
 * What became of a wish to recall a send.
 *
 * - `cancelled`: it will not be sent (any more); so too for one that was cancelled before.
 * - `in-flight`: its body is on its way right now. If that attempt fails, it can be cancelled then.
 * - `too-late`: it has ended otherwise.
 * - `unknown`: there is no such send, or it ended more than 7 days ago.
 *
 * With attempts made, `cancelled` says how many and how the last one ended: after an uncertain one the
 * mail may have arrived.
 */
export type CancelAnswer =
  | {
      readonly kind: 'cancelled';
      readonly sendId: SendId;
      /** Attempts made before. */
      readonly attempts: number;
      /** Whether the mail may have gone out in one of them. */
      readonly mayHaveArrived: boolean;
    }
  | { readonly kind: 'in-flight'; readonly sendId: SendId; readonly openSince: number }
  | { readonly kind: 'too-late'; readonly sendId: SendId; readonly state: SendState }
  | { readonly kind: 'unknown'; readonly sendId: SendId };

/** What is known of a send, from what was found by its id. */
export function statusOf(sendId: SendId, found: FoundSend): SendStatus {
  const { entry } = found;
  const job = jobOf(found);
  if (entry === undefined && job === undefined) return { kind: 'unknown', sendId };
  const { state, attempt, result, openSince, nextAt, endedAt } = entry ?? {
    state: 'waiting' as const,
    attempt: 0,
  };
  const notBefore = state === 'waiting' ? Math.max(nextAt ?? 0, job?.sendAt ?? 0) : 0;
  return {
    kind: 'known',
    sendId,
    state,
    attempt,
    ...(result === undefined ? {} : { result }),
    ...(openSince === undefined ? {} : { openSince }),
    ...(notBefore === 0 ? {} : { notBefore }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(job === undefined
      ? {}
      : {
          messageId: job.messageId,
          tenant: job.tenant,
          recipient: job.recipient,
          createdAt: job.createdAt,
          expiresAt: job.expiresAt,
        }),
  };
}

/** What {@link cancelSend} works with. */
export interface CancelContext {
  readonly ledger: Ledger;
  readonly queue: Pick<SendQueue, 'remove'>;
  readonly limits: Pick<Limits, 'release'>;
  /** Ms since 1970. */
  readonly now: () => number;
}

/**
 * Recalls a send if that is still possible: the ledger's script decides between this and a worker
 * that is about to begin it. Its job goes too; one that stays (a worker has it, we crash) finds the
 * send ended and ends. The slot that a limit kept for it is free for others again; after a crash before
 * that it stays empty, unless the call is repeated.
 */
export async function cancelSend(
  context: CancelContext,
  sendId: SendId,
  reason: string,
): Promise<CancelAnswer> {
  const { ledger, queue, limits, now } = context;
  const leave = async (): Promise<void> => {
    await queue.remove(sendId);
    await limits.release(sendId);
  };
  for (;;) {
    const found = await ledger.find(sendId);
    const entry = found.entry ?? { state: 'waiting', attempt: 0 };
    if (isFinal(entry.state)) {
      if (entry.state !== 'cancelled') return { kind: 'too-late', sendId, state: entry.state };
      await leave();
      const attempts = Math.max(0, entry.attempt - 1);
      return { kind: 'cancelled', sendId, attempts, mayHaveArrived: entry.result === 'uncertain' };
    }
    const job = jobOf(found);
    if (job === undefined) return { kind: 'unknown', sendId };
    if (entry.openSince !== undefined) {
      return { kind: 'in-flight', sendId, openSince: entry.openSince };
    }
    const mayHaveArrived = entry.wasUncertain === true;
    const event = decisionEvent(job, entry.attempt + 1, now(), reason);
    const answer = await ledger.recordDecision(job, event, 'caller', mayHaveArrived);
    // Somebody was faster: look again. Each turn of another takes the send further to its end.
    if (answer.kind === 'superseded') continue;
    await leave();
    return { kind: 'cancelled', sendId, attempts: entry.attempt, mayHaveArrived };
  }
}

/** The job of a send as it is found; undefined where none is, or it belongs to a newer release. */
function jobOf({ held, releasing, job }: FoundSend): SendJob | undefined {
  const json = held ?? releasing ?? job;
  if (json === undefined) return undefined;
  try {
    return parseSendJob(JSON.parse(json));
  } catch (error) {
    if (codeOf(error) === 'NEWER_VERSION') return undefined;
    throw error;
  }
}
