import type { Redis } from 'ioredis';
import { readBreakers, type TrippedBreaker } from './breakers.ts';
import type { KeyNames } from './key-names.ts';
import { createLedger } from './ledger.ts';
import {
  createLimitState,
  openMaxOf,
  recoveredAt,
  type LimitOverride,
  type SlowedKey,
} from './limit-state.ts';
import { parseSendJob } from './send-job.ts';
import type { SendQueue } from './send-queue.ts';
import { createSuppressionMirror } from './suppression-mirror.ts';
import {
  summariseProviders,
  summariseRoutes,
  type ProviderSummary,
  type RouteSummary,
} from './summarise-health.ts';
import { listWorkers, type LiveWorker } from './worker-registry.ts';

/** How an installation is, at one moment. */
export interface InstallationStatus {
  /** Ms since 1970, by this machine's clock. */
  readonly at: number;
  readonly queue: {
    /** Due, and not taken yet. */
    readonly waiting: number;
    /** Taken by workers. */
    readonly active: number;
    /** Not due: scheduled, backing off, limited. */
    readonly delayed: number;
    /** Jobs that cannot be read: a bug alarm. */
    readonly failed: number;
    readonly paused: boolean;
  };
  /** How long the send that is taken next has been due, in milliseconds; absent where none is. */
  readonly oldestWaitingMs?: number;
  /** Sends that wait for a person. */
  readonly held: number;
  /** Releases that have begun and not been finished. */
  readonly releasing: number;
  /** Attempts that ended per second, all workers together. */
  readonly rate: number;
  readonly workers: readonly LiveWorker[];
  /** What workers together see of each route, and of each recipient provider in the last minute. */
  readonly routes: readonly RouteSummary[];
  readonly providers: readonly ProviderSummary[];
  /** Keys that were told to slow down, and how many of their mails may be on their way now. */
  readonly slowed: readonly (SlowedKey & {
    readonly key: string;
    readonly openMax: number;
    /** When it is as before, ms since 1970. */
    readonly recoveredAt: number;
  })[];
  /** Entries of the suppression list, those that have ended and not been removed included. */
  readonly suppressions: number;
  /** Breakers that have tripped: they hold the mail of a sender or a campaign. */
  readonly breakers: readonly TrippedBreaker[];
  /** What operators set for limits in place of what is configured. */
  readonly overrides: readonly (LimitOverride & { readonly name: string })[];
  /** Outcome events: in the stream, and per consumer group those it has not acknowledged. */
  readonly events: {
    readonly length: number;
    readonly groups: readonly { readonly name: string; readonly unacknowledged: number }[];
  };
  /** Memory of Redis in bytes; `max` 0 means no bound. */
  readonly redis: { readonly usedBytes: number; readonly maxBytes: number };
}

/** Reads how an installation is. A few round trips; cheap enough for every second. */
export async function readInstallationStatus(
  redis: Redis,
  keys: KeyNames,
  queue: SendQueue,
  now: number,
): Promise<InstallationStatus> {
  const [counts, paused, next, held, releasing, workers, events, limits, breakers, list, memory] =
    await Promise.all([
      queue.counts(),
      queue.isPaused(),
      queue.nextInLine(),
      redis.hlen(keys.held),
      redis.hlen(keys.releasing),
      listWorkers(redis, keys),
      readEvents(redis, keys),
      createLimitState(redis, keys).read(),
      readBreakers(redis, keys),
      createSuppressionMirror(redis, keys).summary(),
      redis.info('memory'),
    ]);
  const dueAt = await dueTimeOf(redis, keys, next);
  const count = (name: string): number => counts[name] ?? 0;
  return {
    at: now,
    queue: {
      waiting: count('waiting') + count('prioritized'),
      active: count('active'),
      delayed: count('delayed'),
      failed: count('failed'),
      paused,
    },
    ...(dueAt === undefined ? {} : { oldestWaitingMs: Math.max(0, now - dueAt) }),
    held,
    releasing,
    rate: Math.round(workers.reduce((sum, worker) => sum + worker.rate, 0) * 10) / 10,
    workers,
    routes: summariseRoutes(workers),
    providers: summariseProviders(workers),
    slowed: [...limits.slowed].map(([key, entry]) => ({
      key,
      ...entry,
      openMax: openMaxOf(entry, limits.redisNow),
      recoveredAt: recoveredAt(entry),
    })),
    suppressions: list.count,
    breakers: breakers.tripped,
    overrides: [...limits.overrides].map(([name, override]) => ({ name, ...override })),
    events,
    redis: { usedBytes: numberIn(memory, 'used_memory'), maxBytes: numberIn(memory, 'maxmemory') },
  };
}

async function dueTimeOf(redis: Redis, keys: KeyNames, data: unknown): Promise<number | undefined> {
  if (data === undefined) return undefined;
  const { sendId, createdAt, sendAt } = parseSendJob(data);
  const { nextAt } = await createLedger(redis, keys).read(sendId, createdAt);
  return Math.max(sendAt, nextAt ?? 0);
}

async function readEvents(redis: Redis, keys: KeyNames): Promise<InstallationStatus['events']> {
  const length = await redis.xlen(keys.outcomes);
  if (length === 0) return { length, groups: [] };
  const rows = (await redis.xinfo('GROUPS', keys.outcomes)) as readonly (readonly unknown[])[];
  const groups = rows.map((row) => {
    const fields = new Map<unknown, unknown>();
    for (let i = 0; i < row.length; i += 2) fields.set(row[i], row[i + 1]);
    const lag = fields.get('lag');
    // Before Redis 7 what was not handed out yet is not counted: then it may be all of the stream.
    const unread = typeof lag === 'number' ? lag : length - Number(fields.get('pending'));
    return {
      name: String(fields.get('name')),
      unacknowledged: Number(fields.get('pending')) + unread,
    };
  });
  return { length, groups };
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
