import type { Redis } from 'ioredis';
import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { KeyNames } from './key-names.ts';
import type { RouteHealth } from './route-health.ts';
import { defineScript, runScript } from './script.ts';

/*
 * Who works. Each worker process tells of itself every few seconds; one that is silent for three
 * turns is not listed any more, and the next heartbeat of anybody takes it out. Redis' clock decides.
 */

/** Why a worker takes no jobs now; times in ms since 1970. */
export interface StandStill {
  /** `routes`: every relay is out of order. `events`: too many outcome events wait to be read. */
  readonly cause: 'routes' | 'events';
  /** One sentence without secrets. */
  readonly reason: string;
  readonly since: number;
  /** When it looks again. */
  readonly until: number;
}

/** How relays answered lately for mails to one recipient provider. */
export interface ProviderHealth {
  readonly provider: RecipientProvider;
  /** Over so many milliseconds, about a minute. */
  readonly overMs: number;
  /** Mails that were answered, with any reply. */
  readonly answeredCount: number;
  /** Those of them that were refused for now (4xx). */
  readonly deferredCount: number;
}

/** What a worker tells of itself at each heartbeat. */
export interface WorkerNote {
  /** Sends in work now. */
  readonly inHand: number;
  /** Sends in work at once, at most. */
  readonly concurrency: number;
  /** Attempts that ended since it began, by what they led to. */
  readonly ended: Readonly<Record<string, number>>;
  /** When an attempt ended last, ms since 1970; absent before the first. */
  readonly lastEndAt?: number;
  /** How its routes are, as it sees them. */
  readonly routes?: readonly RouteHealth[];
  /** How relays answered lately, for each provider that mails went to. */
  readonly providers?: readonly ProviderHealth[];
  /** Why it takes no jobs; absent while it does. */
  readonly standsStill?: StandStill;
  /** Why its bounce rules are older than they should be; absent while they are not. */
  readonly rulesProblem?: string;
}

/** A live worker. */
export interface LiveWorker extends WorkerNote {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** When it began, ms since 1970. */
  readonly since: number;
  /** When it told this, ms since 1970. */
  readonly at: number;
  /** Attempts that ended per second, between its last two heartbeats. */
  readonly rate: number;
}

/** Who a worker is. */
export interface WorkerIdentity {
  /** Unlike that of any other process, ever. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/** A heartbeat that goes on until it is stopped. */
export interface Heartbeat {
  /** Stops it and takes the worker off the list; waits for Redis no longer than a second. */
  stop(): Promise<void>;
}

/** What {@link startHeartbeat} takes. */
export interface HeartbeatOptions {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerIdentity;
  /** Asked at each heartbeat; must not throw. */
  readonly note: () => WorkerNote;
  /** Between two heartbeats, in milliseconds; default 2,000. */
  readonly everyMs?: number;
}

// KEYS[1] workers, [2] notes; ARGV[1] id or '', [2] note (JSON) or '' to leave, [3] lives for (ms).
// Returns the notes of all live workers.
const beat = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for _, id in ipairs(dead) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
if ARGV[1] ~= '' and ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
elseif ARGV[1] ~= '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return redis.call('HVALS', KEYS[2])
`);

const beatsMissedMax = 3;
const leaveMsMax = 1_000;

/** Begins to tell that a worker lives; a heartbeat that fails is logged, and the next one tried. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { redis, keys, clock, logger, worker, everyMs = 2_000 } = options;
  const since = clock.now();
  const stopped = new AbortController();
  let before = { at: since, count: 0 };

  const tell = async (): Promise<void> => {
    const note = options.note();
    const at = clock.now();
    const count = Object.values(note.ended).reduce((sum, each) => sum + each, 0);
    const seconds = (at - before.at) / 1000;
    const rate = seconds > 0 ? Math.round(((count - before.count) / seconds) * 10) / 10 : 0;
    before = { at, count };
    const live: LiveWorker = { ...worker, ...note, since, at, rate };
    const values = [worker.id, JSON.stringify(live), everyMs * beatsMissedMax];
    await runScript(redis, beat, [keys.workers, keys.workerNotes], values);
  };
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await tell();
      } catch (error) {
        logger.warn('heartbeat-failed', { error: messageOf(error) });
      }
      await clock.sleep(everyMs, stopped.signal).catch(() => undefined);
    }
  };
  const running = run();
  const leave = async (): Promise<void> => {
    await running;
    await runScript(redis, beat, [keys.workers, keys.workerNotes], [worker.id, '', 0]);
  };
  return {
    async stop() {
      stopped.abort();
      const giveUp = new AbortController();
      // A worker that waits while Redis is away must not wait here: its entry expires by itself.
      await Promise.race([
        leave().catch(() => undefined),
        clock.sleep(leaveMsMax, giveUp.signal).catch(() => undefined),
      ]);
      giveUp.abort();
    },
  };
}

/** The live workers, the oldest first. */
export async function listWorkers(redis: Redis, keys: KeyNames): Promise<readonly LiveWorker[]> {
  const notes = await runScript(redis, beat, [keys.workers, keys.workerNotes], ['', '', 0]);
  const workers = (Array.isArray(notes) ? notes : []).map(
    (note) => JSON.parse(String(note)) as LiveWorker,
  );
  return workers.toSorted((a, b) => a.since - b.since);
}
