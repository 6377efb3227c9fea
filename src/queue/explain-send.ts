import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import { isFinal } from '../mail/kinds.ts';
import { frozenIn } from './admit.ts';
import { createFrozenFactsStore, type FrozenFacts } from './frozen-facts.ts';
import type { KeyNames } from './key-names.ts';
import type { Ledger } from './ledger.ts';
import { parseOutcomeEvent, type OutcomeEvent } from './outcome-event.ts';
import { parseSendJob, type SendJob } from './send-job.ts';
import type { JobState, SendQueue } from './send-queue.ts';
import { statusOf, type KnownSend } from './send-status.ts';
import { readWaitNote } from './wait-notes.ts';
import { listWorkers } from './worker-registry.ts';

/*
 * Where a send is, what holds it, and until when: put together from the ledger, its job, what its
 * worker noted, and the last events of its attempts. Nothing here changes anything.
 */

/** What keeps a send from going out now. Times in ms since 1970. */
export type Hindrance =
  /** Nothing: it has come to its end. */
  | { readonly kind: 'ended' }
  /** A person must decide (`onbehalf held`). */
  | { readonly kind: 'held'; readonly reason?: string }
  /** A release has begun; its job is not in the queue yet. */
  | { readonly kind: 'releasing' }
  /** Its body is on its way. */
  | { readonly kind: 'submitting'; readonly since: number }
  /** A worker has it. */
  | { readonly kind: 'in-work' }
  /** It was scheduled for later. */
  | { readonly kind: 'scheduled'; readonly until: number }
  /** After an attempt that did not succeed. */
  | { readonly kind: 'backoff'; readonly until: number }
  /** Its worker put it off without an attempt. */
  | {
      readonly kind: 'put-off';
      readonly cause: string;
      readonly text: string;
      readonly until: number;
    }
  /** It is due, and nobody takes jobs. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'no-worker' }
  /** It is due, and every worker stands still. */
  | { readonly kind: 'workers-stand-still'; readonly reason: string; readonly until: number }
  /** It is due; others are before it. */
  | { readonly kind: 'in-line'; readonly before: number }
  /** Its job is in the failed set: a bug. */
  | { readonly kind: 'failed' }
  /** It is in flight and has no job: a call that died, which the next call with its key finishes. */
  | { readonly kind: 'no-job' };

/** Everything that Redis tells of a send. */
export interface SendExplanation {
  readonly status: KnownSend;
  readonly hindrance: Hindrance;
  readonly job?: SendJob;
  readonly jobState?: JobState;
  /** Mode, row and why, if they were chosen. */
  readonly frozen?: FrozenFacts;
  /** Its last events, oldest first, while it is in flight; at most 20. */
  readonly attempts: readonly OutcomeEvent[];
}

/** What {@link explainSend} reads with. */
export interface ExplainContext {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly ledger: Ledger;
  readonly queue: SendQueue;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Explains a send; undefined where neither the ledger nor the queue knows it. */
export async function explainSend(
  context: ExplainContext,
  sendId: SendId,
): Promise<SendExplanation | undefined> {
  const { redis, keys, ledger, queue } = context;
  const found = await ledger.find(sendId);
  const status = statusOf(sendId, found);
  if (status.kind === 'unknown') return undefined;
  const json = found.held ?? found.releasing ?? found.job;
  const job = json === undefined ? undefined : parseSendJob(JSON.parse(json));
  const jobState = await queue.jobState(sendId);
  const events = (await redis.lrange(keys.attempts(sendId), 0, -1)).map(parseOutcomeEvent);
  const frozen =
    (found.entry === undefined ? undefined : frozenIn(found.entry)) ??
    (job === undefined ? undefined : await createFrozenFactsStore(redis, keys).peek(job.messageId));
  const base = {
    status,
    ...(job === undefined ? {} : { job }),
    ...(jobState === undefined ? {} : { jobState }),
    ...(frozen === undefined ? {} : { frozen }),
    attempts: events,
  };
  if (isFinal(status.state)) return { ...base, hindrance: { kind: 'ended' } };
  if (status.state === 'held') {
    const reason = events.at(-1)?.reason;
    return { ...base, hindrance: { kind: 'held', ...(reason === undefined ? {} : { reason }) } };
  }
  const releasing = found.releasing !== undefined && jobState === undefined;
  if (releasing) return { ...base, hindrance: { kind: 'releasing' } };
  return { ...base, hindrance: await hindranceOf(context, status, jobState) };
}

async function hindranceOf(
  { redis, keys, queue, now }: ExplainContext,
  status: KnownSend,
  jobState: JobState | undefined,
): Promise<Hindrance> {
  const { sendId, openSince, notBefore = 0, attempt } = status;
  if (jobState === undefined) return { kind: 'no-job' };
  if (jobState.state === 'failed') return { kind: 'failed' };
  if (openSince !== undefined) return { kind: 'submitting', since: openSince };
  if (jobState.state === 'active') return { kind: 'in-work' };
  const note = await readWaitNote(redis, keys, sendId);
  const at = now();
  if (note !== undefined && note.until > at && note.until > notBefore) {
    return { kind: 'put-off', cause: note.cause, text: note.text, until: note.until };
  }
  // BullMQ's time is a little later than ours, or all there is: a job that another one handed back.
  const until = notBefore > at ? notBefore : (jobState.dueAt ?? 0);
  if (until > at) return { kind: attempt === 0 ? 'scheduled' : 'backoff', until };
  if (await queue.isPaused()) return { kind: 'paused' };
  const workers = await listWorkers(redis, keys);
  if (workers.length === 0) return { kind: 'no-worker' };
  const stills = workers.flatMap(({ standsStill }) => standsStill ?? []);
  const [still] = stills.toSorted((a, b) => a.until - b.until);
  if (still !== undefined && stills.length === workers.length) {
    return { kind: 'workers-stand-still', reason: still.reason, until: still.until };
  }
  const counts = await queue.counts();
  return { kind: 'in-line', before: Math.max(0, (counts['waiting'] ?? 1) - 1) };
}
