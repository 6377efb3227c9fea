import type { Redis } from 'ioredis';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import { parseOutcomeEvent, type OutcomeEvent } from './outcome-event.ts';
import { defineScript, runScript } from './script.ts';

/*
 * Reading the outcome stream as a consumer group. Each read first hands out what this group got
 * earlier and never acknowledged (its process died), then what is new. After an acknowledgement
 * the stream is trimmed up to the oldest entry that any registered group still needs: nothing is
 * dropped that somebody has not acknowledged.
 */

/** An event with its place in the stream. */
export interface StoredEvent {
  readonly entryId: string;
  readonly event: OutcomeEvent;
}

/** An entry that cannot be read: by a newer version, or damaged. It stays in the stream. */
export interface UnreadableEntry {
  readonly entryId: string;
  readonly error: unknown;
}

/** What one read gives. */
export interface OutcomeBatch {
  readonly events: readonly StoredEvent[];
  readonly unreadable: readonly UnreadableEntry[];
}

/** How much lies in the stream. */
export interface OutcomeBacklog {
  /** Entries in the stream. */
  readonly length: number;
  /** Entries that this group has not acknowledged, read or not. */
  readonly unacknowledged: number;
}

/** One consumer group's view of the outcome stream. */
export interface OutcomeReader {
  /** The next batch; empty when nothing came within `waitMs`. One call at a time. */
  read(max: number, waitMs: number): Promise<OutcomeBatch>;
  /** Marks entries as done for this group, then trims what every group has done. */
  acknowledge(entryIds: readonly string[]): Promise<void>;
  /** How far this group is behind. */
  backlog(): Promise<OutcomeBacklog>;
  /** Closes the reader's own connection. */
  close(): Promise<void>;
}

/** What {@link openOutcomeReader} takes. */
export interface OutcomeReaderOptions {
  /** Used for everything but the blocking read, which gets a duplicate of it. */
  readonly redis: Redis;
  readonly keys: KeyNames;
  /** Name of the consumer group; it sees the stream from its oldest entry on. */
  readonly group: string;
}

// One process reads for a group, so one consumer name is enough and its successor inherits
// what it left.
const consumer = 'reader';

// KEYS[1] stream. Trims all entries below the oldest one that any group needs: its first pending
// entry, else the one after the last it was given. Returns how many were removed.
const trimDone = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local oldest = nil
local function earlier(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  if #am ~= #bm then return #am < #bm end
  if am ~= bm then return am < bm end
  return tonumber(as) < tonumber(bs)
end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local name, last
  for i = 1, #group, 2 do
    if group[i] == 'name' then name = group[i + 1] end
    if group[i] == 'last-delivered-id' then last = group[i + 1] end
  end
  local pending = redis.call('XPENDING', KEYS[1], name)
  local needs
  if pending[1] > 0 then
    needs = pending[2]
  else
    local ms, seq = string.match(last, '(%d+)-(%d+)')
    needs = ms .. '-' .. string.format('%.0f', tonumber(seq) + 1)
  end
  if not oldest or earlier(needs, oldest) then oldest = needs end
end
if not oldest then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', oldest)
`);

/** Trims what every group has acknowledged; with no group at all, nothing. How many are left. */
export async function trimOutcomes(redis: Redis, keys: KeyNames): Promise<number> {
  await runScript(redis, trimDone, [keys.outcomes], []);
  return redis.xlen(keys.outcomes);
}

/** Registers the group (from the oldest entry on) and opens a reader for it. */
export async function openOutcomeReader(options: OutcomeReaderOptions): Promise<OutcomeReader> {
  const { redis, keys, group } = options;
  const stream = keys.outcomes;
  await registerOutcomeGroup(redis, keys, group);
  const blocking = redis.duplicate();
  // The owner of `redis` hears of an outage; a second voice would only repeat it.
  blocking.on('error', () => undefined);
  let pendingFrom: string | undefined = '0';
  // A read may be answered into a connection that breaks; the client then sends it again and is
  // given only what is newer. What was handed out meanwhile is pending, so look there again.
  blocking.on('close', () => {
    pendingFrom = '0';
  });

  const readFrom = async (id: string, max: number, waitMs: number): Promise<RawEntry[]> => {
    const answer =
      id === '>'
        ? await blocking.xreadgroup(
            'GROUP',
            group,
            consumer,
            'COUNT',
            max,
            'BLOCK',
            Math.max(1, waitMs),
            'STREAMS',
            stream,
            id,
          )
        : await blocking.xreadgroup('GROUP', group, consumer, 'COUNT', max, 'STREAMS', stream, id);
    return entriesOf(answer);
  };

  const readNext = async (max: number, waitMs: number): Promise<RawEntry[]> => {
    if (pendingFrom !== undefined) {
      const entries = await readFrom(pendingFrom, max, waitMs);
      // Only an acknowledgement takes an entry off this list; go on behind it so that one
      // unreadable entry does not block the rest.
      pendingFrom = entries.at(-1)?.[0];
      if (entries.length > 0) return entries;
    }
    return readFrom('>', max, waitMs);
  };

  return {
    async read(max, waitMs) {
      try {
        return sortEntries(await readNext(max, waitMs));
      } catch (error) {
        // After a lost connection it is unknown what was handed to us: look at the pending ones.
        pendingFrom = '0';
        if (messageOf(error).startsWith('NOGROUP')) await registerOutcomeGroup(redis, keys, group);
        throw error;
      }
    },
    async acknowledge(entryIds) {
      if (entryIds.length > 0) await redis.xack(stream, group, ...entryIds);
      await trimOutcomes(redis, keys);
    },
    async backlog() {
      return readOutcomeBacklog(redis, keys, group);
    },
    async close() {
      blocking.disconnect();
      await Promise.resolve();
    },
  };
}

/** Registers a consumer group; does nothing where it is there already. */
export async function registerOutcomeGroup(
  redis: Redis,
  keys: KeyNames,
  group: string,
): Promise<void> {
  try {
    await redis.xgroup('CREATE', keys.outcomes, group, '0', 'MKSTREAM');
  } catch (error) {
    if (!messageOf(error).startsWith('BUSYGROUP')) throw error;
  }
}

/** How far a group is behind; all of the stream when it is not registered. */
export async function readOutcomeBacklog(
  redis: Redis,
  keys: KeyNames,
  group: string,
): Promise<OutcomeBacklog> {
  const length = await redis.xlen(keys.outcomes);
  if (length === 0) return { length, unacknowledged: 0 };
  const groups = (await redis.xinfo('GROUPS', keys.outcomes)) as readonly (readonly unknown[])[];
  for (const row of groups) {
    const fields = new Map<unknown, unknown>();
    for (let i = 0; i < row.length; i += 2) fields.set(row[i], row[i + 1]);
    if (fields.get('name') !== group) continue;
    // Redis 7 counts what was not handed out yet; before that we count up to a bound.
    const lag = fields.get('lag');
    if (typeof lag === 'number') {
      return { length, unacknowledged: Number(fields.get('pending')) + lag };
    }
    const unread = await redis.xrange(
      keys.outcomes,
      `(${String(fields.get('last-delivered-id'))}`,
      '+',
      'COUNT',
      10_000,
    );
    return { length, unacknowledged: Number(fields.get('pending')) + unread.length };
  }
  return { length, unacknowledged: length };
}

type RawEntry = readonly [entryId: string, fields: readonly string[] | null];

function entriesOf(answer: unknown): RawEntry[] {
  if (!Array.isArray(answer)) return [];
  const [stream] = answer as readonly (readonly [string, RawEntry[]])[];
  return stream?.[1] ?? [];
}

function sortEntries(entries: readonly RawEntry[]): OutcomeBatch {
  const events: StoredEvent[] = [];
  const unreadable: UnreadableEntry[] = [];
  for (const [entryId, fields] of entries) {
    try {
      const at = fields?.indexOf('event') ?? -1;
      const json = fields?.[at + 1];
      if (at < 0 || json === undefined) {
        throw new OnbehalfError('INVALID_EVENT', 'the entry has no field "event"');
      }
      events.push({ entryId, event: parseOutcomeEvent(json) });
    } catch (error) {
      unreadable.push({ entryId, error });
    }
  }
  return { events, unreadable };
}
