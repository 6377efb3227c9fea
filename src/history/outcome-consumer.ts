/**
 * From the outcome stream into the history.
 *
 * 1. Read a batch: first what was handed to us before and never acknowledged, then what is new.
 * 2. Fetch the contents that the history lacks (event-contents.ts).
 * 3. Write the events in one transaction, and only then acknowledge them. A crash in between means
 *    that they come again and are recognised by their ids.
 * 4. When Redis or the database fails, keep the batch, wait, and try it again from step 2.
 * 5. An event that cannot be read, or that the database refuses although it works, is an alarm and
 *    stays in the stream, unacknowledged; the others go on.
 */
import type { HistoryDatabase } from '../../db/open.ts';
import type { ContentStore } from '../queue/content-store.ts';
import type { OutcomeReader, StoredEvent, UnreadableEntry } from '../queue/outcome-stream.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { silentLogger, type Logger } from '../runtime/logger.ts';
import { portionsWithContent, type ContentedEvent } from './event-contents.ts';
import { pause, unlessStopped } from './stoppable.ts';
import { recordOutcomes, type RecordedOutcomes } from './store/record-outcomes.ts';

/** What {@link createOutcomeConsumer} takes. */
export interface OutcomeConsumerOptions {
  /** Its owner closes it after `run` has ended. */
  readonly reader: OutcomeReader;
  readonly contents: Pick<ContentStore, 'get'>;
  readonly database: HistoryDatabase;
  /** Default: none. */
  readonly logger?: Logger;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** A number in [0, 1), for the spread of waits; default `Math.random`. */
  readonly random?: () => number;
  /** Most events written in one transaction; default 200. */
  readonly batchMax?: number;
  /** How long one read waits for an event, in milliseconds; default 1 000. */
  readonly waitMs?: number;
  /** How long a stop waits for the batch in hand, in milliseconds; default 5 000. */
  readonly stopGraceMs?: number;
  /** Most bytes of contents held at once; default 32 MiB. */
  readonly heldBytesMax?: number;
  /** Called after each transaction. */
  readonly onRecorded?: (recorded: RecordedOutcomes) => void;
}

/** Moves outcome events into the history. */
export interface OutcomeConsumer {
  /** Works until the signal fires; the batch in hand is finished first. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const retryPlan = { baseMs: 200, capMs: 10_000 };
/** Entries remembered so that each alarm is raised once. */
const alarmsMax = 10_000;

/** A consumer of the outcome stream; there should be one per database. */
export function createOutcomeConsumer(options: OutcomeConsumerOptions): OutcomeConsumer {
  const { reader, contents, database } = options;
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const batchMax = options.batchMax ?? 200;
  const waitMs = options.waitMs ?? 1_000;
  const stopGraceMs = options.stopGraceMs ?? 5_000;
  const heldBytesMax = options.heldBytesMax ?? 32 * 2 ** 20;
  const alarmed = new Set<string>();

  const alarmOnce = (event: string, entryId: string, error: unknown): void => {
    if (alarmed.has(entryId)) return;
    if (alarmed.size >= alarmsMax) alarmed.clear();
    alarmed.add(entryId);
    logger.error(event, { entryId, code: codeOf(error), error: messageOf(error) });
  };

  const write = async (events: readonly ContentedEvent[]): Promise<void> => {
    const recorded = await recordOutcomes(database, events, clock.now());
    options.onRecorded?.(recorded);
  };

  /** Writes what can be written and returns the entries that may be acknowledged. */
  const writeOrIsolate = async (events: readonly ContentedEvent[]): Promise<readonly string[]> => {
    try {
      await write(events);
      return events.map((stored) => stored.entryId);
    } catch (error) {
      if (!isEventsFault(error)) throw error;
    }
    const written: string[] = [];
    for (const stored of events) {
      try {
        await write([stored]);
        written.push(stored.entryId);
      } catch (error) {
        if (!isEventsFault(error)) throw error;
        alarmOnce('outcome-refused', stored.entryId, error);
      }
    }
    return written;
  };

  const record = async (events: readonly StoredEvent[]): Promise<void> => {
    const settings = { database, contents, logger, heldBytesMax };
    for await (const portion of portionsWithContent(events, settings)) {
      await reader.acknowledge(await writeOrIsolate(portion));
    }
  };

  const reportUnreadable = (entries: readonly UnreadableEntry[]): void => {
    for (const { entryId, error } of entries) alarmOnce('outcome-unreadable', entryId, error);
  };

  return {
    async run(signal) {
      let held: readonly StoredEvent[] = [];
      let failureCount = 0;
      while (!signal.aborted) {
        try {
          if (held.length === 0) {
            const batch = await unlessStopped(reader.read(batchMax, waitMs), signal, 0, clock);
            held = batch?.events ?? [];
            reportUnreadable(batch?.unreadable ?? []);
          }
          if (held.length > 0) await unlessStopped(record(held), signal, stopGraceMs, clock);
          held = [];
          if (failureCount > 0) logger.info('outcomes-resumed', { failureCount });
          failureCount = 0;
        } catch (error) {
          failureCount += 1;
          // One line per outage: it may last for hours.
          if (failureCount === 1) logger.error('outcomes-stopped', { error: messageOf(error) });
          await pause(clock, backoffMs(retryPlan, failureCount, random()), signal);
        }
      }
    },
  };
}

/**
 * Whether the event itself is at fault: its values break a rule of the tables, or our own code. Every
 * other error of SQLite (busy, full, cannot be read) is the database's, and waiting may help.
 */
function isEventsFault(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (!code.startsWith('SQLITE_')) return true;
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}
