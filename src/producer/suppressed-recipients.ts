import type { EmailAddress } from '../mail/address.ts';
import type { SendId } from '../mail/ids.ts';
import { eventOfSend } from '../queue/event-of-send.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { MirroredSuppression, SuppressionScope } from '../queue/suppression-mirror.ts';
import { suppressionText } from '../queue/suppression-text.ts';
import type { SuppressedSend } from '../queue/verify-added.ts';

/** Why a recipient gets nothing. */
export interface SuppressedRecipient {
  /** A bounce class, `complaint`, `unsubscribed`, `manual`, `import`, or what an operator wrote. */
  readonly reason: string;
  /** Since when, ms since 1970. */
  readonly since: number;
  /** Whom it is about: the address, the address for mail of this sender, or its whole domain. */
  readonly of: SuppressionScope['kind'];
  /** When it ends, ms since 1970; absent: when somebody removes it. */
  readonly until?: number;
}

/** The sends of a call that nobody gets. */
export type SuppressedSends = ReadonlyMap<SendId, SuppressedRecipient>;

/** What of a call is sent, and what ends at once. */
export interface SortedSends {
  readonly toSend: readonly SendJob[];
  readonly suppressed: readonly SuppressedSend[];
  /**
   * The answer to the caller.
   *
   * @param hold for each suppressed send whether that is its end
   */
  readonly answer: (hold: readonly boolean[]) => SuppressedSends;
}

/**
 * Sorts out the sends whose recipients are suppressed when they are due. One that is suppressed now
 * and will not be then is sent.
 *
 * @param found for each job what suppresses its recipient now
 * @param now ms since 1970
 */
export function sortSuppressed(
  jobs: readonly SendJob[],
  found: readonly (MirroredSuppression | undefined)[],
  from: EmailAddress,
  now: number,
): SortedSends {
  const toSend: SendJob[] = [];
  const suppressed: SuppressedSend[] = [];
  const told: SuppressedRecipient[] = [];
  jobs.forEach((job, index) => {
    const entry = found[index];
    if (entry === undefined || (entry.expiresAt ?? Infinity) <= job.sendAt) {
      toSend.push(job);
      return;
    }
    const details = { from, state: 'suppressed', at: now, reason: suppressionText(entry) } as const;
    suppressed.push({ job, event: eventOfSend(job, 1, details) });
    told.push(tell(entry));
  });
  return {
    toSend,
    suppressed,
    answer: (hold) =>
      new Map(
        suppressed.flatMap(({ job }, index) => {
          const why = told[index];
          return why === undefined || hold[index] !== true ? [] : [[job.sendId, why]];
        }),
      ),
  };
}

/** An answer as it is kept with an idempotency key; an empty text for none. */
export function keptAnswer(answer: SuppressedSends): string {
  return answer.size === 0 ? '' : JSON.stringify([...answer]);
}

/** The answer that was kept. */
export function readAnswer(kept = ''): SuppressedSends {
  // Only `complete` writes it: what is in there is ours.
  return new Map(kept === '' ? [] : (JSON.parse(kept) as [SendId, SuppressedRecipient][]));
}

function tell({ reason, since, scope, expiresAt }: MirroredSuppression): SuppressedRecipient {
  const until = expiresAt === undefined ? {} : { until: expiresAt };
  return { reason, since, of: scope.kind, ...until };
}
