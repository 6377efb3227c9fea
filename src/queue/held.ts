import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import { codeOf } from '../runtime/errors.ts';
import { contentGraceMs } from './content-store.ts';
import { decisionEvent } from './decision-event.ts';
import type { KeyNames } from './key-names.ts';
import type { Ledger } from './ledger.ts';
import { retainUntil } from './ledger-calls.ts';
import { beginRelease, endRelease } from './ledger-scripts.ts';
import { runScript } from './script.ts';
import { parseSendJob, type SendJob } from './send-job.ts';
import type { SendQueue } from './send-queue.ts';
import { parseOutcomeEvent } from './outcome-event.ts';

/*
 * Held sends wait for a person. Two things can be decided, each once, whoever else decides:
 *
 * drop     one script: the send ends as `cancelled`, with its event, and what it needed may expire.
 * release  1. a script: held → waiting, and the job to enqueue is noted as releasing
 *          2. the job is added to the queue; a second time that does nothing
 *          3. the note goes
 *          A crash after 1 leaves the note: whoever looks at held sends next does 2 and 3.
 *
 * A released send gets as much time as its caller gave it first, from now on (or keeps what is left
 * of it, where that is more): held sends have often outlived their expiry. Everything else stays:
 * its id, its hour in the ledger, its attempts, its frozen facts and so its bytes and Message-ID.
 */

/** A send that waits for a person. */
export interface HeldSend {
  readonly job: SendJob;
  /** When it was held, ms since 1970; absent where its last event cannot be read. */
  readonly heldAt?: number;
  /** Why. */
  readonly reason?: string;
  /** Whether a release has begun and not been finished. */
  readonly releasing: boolean;
}

/** What became of a decision. `busy`: the job that held it is just ending; try again at once. */
export type HeldDecision =
  | { readonly kind: 'released'; readonly expiresAt: number }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'not-held' };

/** The held sends of a shard. */
export interface HeldSends {
  /** Held sends, in no order, a page at a time; finishes releases that were begun. */
  list(limit?: number): Promise<readonly HeldSend[]>;
  /** One held send; undefined where it is not held. */
  show(sendId: SendId): Promise<HeldSend | undefined>;
  /** Lets it be sent again. */
  release(sendId: SendId): Promise<HeldDecision>;
  /** Ends it as `cancelled`. */
  drop(sendId: SendId, reason?: string): Promise<HeldDecision>;
  /** Enqueues what was released by processes that died before they could; how many. */
  finishReleases(): Promise<number>;
}

/** What {@link createHeldSends} takes. */
export interface HeldSendsOptions {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly ledger: Ledger;
  readonly queue: Pick<SendQueue, 'addAll'>;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** The held sends in Redis. */
export function createHeldSends(options: HeldSendsOptions): HeldSends {
  const { redis, keys, ledger, queue, now } = options;

  const finishRelease = async (sendId: SendId, json: string): Promise<void> => {
    await queue.addAll([parseSendJob(JSON.parse(json))], now());
    await runScript(redis, endRelease, [keys.releasing], [sendId, json]);
  };
  const finishReleases = async (): Promise<number> => {
    const begun = Object.entries(await redis.hgetall(keys.releasing));
    for (const [sendId, json] of begun) await finishRelease(sendId as SendId, json);
    return begun.length;
  };
  const read = async (json: string, releasing: boolean): Promise<HeldSend | undefined> => {
    const job = readJob(json);
    if (job === undefined) return undefined;
    const [last] = await redis.lrange(keys.attempts(job.sendId), -1, -1);
    const event = last === undefined ? undefined : parseOutcomeEvent(last);
    const { reason, at } = event ?? {};
    return {
      job,
      releasing,
      ...(at === undefined ? {} : { heldAt: at }),
      ...(reason === undefined ? {} : { reason }),
    };
  };

  return {
    finishReleases,
    async list(limit = 1000) {
      await finishReleases();
      const found: HeldSend[] = [];
      let cursor = '0';
      do {
        const [next, pairs] = await redis.hscan(keys.held, cursor, 'COUNT', 100);
        cursor = next;
        for (let i = 1; i < pairs.length && found.length < limit; i += 2) {
          const held = await read(pairs[i] ?? '', false);
          if (held !== undefined && !found.some(({ job }) => job.sendId === held.job.sendId)) {
            found.push(held);
          }
        }
      } while (cursor !== '0' && found.length < limit);
      return found;
    },
    async show(sendId) {
      const held = await redis.hget(keys.held, sendId);
      if (held !== null) return read(held, false);
      const releasing = await redis.hget(keys.releasing, sendId);
      return releasing === null ? undefined : read(releasing, true);
    },
    async release(sendId) {
      const begun = await redis.hget(keys.releasing, sendId);
      if (begun !== null) {
        await finishRelease(sendId, begun);
        return { kind: 'released', expiresAt: parseSendJob(JSON.parse(begun)).expiresAt };
      }
      const json = await redis.hget(keys.held, sendId);
      if (json === null) return { kind: 'not-held' };
      const job = withFreshTime(parseSendJob(JSON.parse(json)), now());
      const again = JSON.stringify(job);
      const keepUntil = retainUntil(job, now());
      const names = [
        keys.ledger(sendId),
        keys.held,
        keys.releasing,
        keys.job(sendId),
        keys.heldNeeds,
        keys.content(job.contentKey),
        keys.frozen(job.messageId),
        keys.idempotency(job.messageId),
        keys.attempts(sendId),
      ];
      const values = [sendId, again, keepUntil, job.expiresAt + contentGraceMs];
      const answer = await runScript(redis, beginRelease, names, values);
      if (answer !== 'begun') return { kind: answer === 'busy' ? 'busy' : 'not-held' };
      await finishRelease(sendId, again);
      return { kind: 'released', expiresAt: job.expiresAt };
    },
    async drop(sendId, reason = 'dropped by an operator') {
      const json = await redis.hget(keys.held, sendId);
      if (json === null) return { kind: 'not-held' };
      const job = parseSendJob(JSON.parse(json));
      const { attempt, state, wasUncertain } = await ledger.read(sendId, job.createdAt);
      if (state !== 'held') return { kind: 'not-held' };
      const event = decisionEvent(job, attempt + 1, now(), reason);
      const { kind } = await ledger.recordDecision(job, event, 'operator', wasUncertain === true);
      return { kind: kind === 'recorded' ? 'dropped' : 'not-held' };
    },
  };
}

/** The job of a released send: as much time as it was given first, from now on. */
function withFreshTime(job: SendJob, now: number): SendJob {
  const span = job.expiresAt - Math.max(job.sendAt, job.createdAt);
  return { ...job, expiresAt: Math.max(job.expiresAt, now + span) };
}

/** A job that a newer release held is left to that release. */
function readJob(json: string): SendJob | undefined {
  try {
    return parseSendJob(JSON.parse(json));
  } catch (error) {
    if (codeOf(error) === 'NEWER_VERSION') return undefined;
    throw error;
  }
}
