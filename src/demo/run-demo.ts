/**
 * The demo: the whole system once, on real parts, told as a story.
 *
 * 1. Start Redis, the relay, the mailbox, the database, two workers and the history process.
 * 2. Send on behalf of three users, and wait until every send has ended and is in the history.
 * 3. Jane writes to the same contact from her own mail program; wait until the copy is filed.
 * 4. Show one message as the relay took it, and the contact's timeline.
 * 5. Stop the processes, then count: what each part says it did must add up.
 * 6. Stop the rest, in the reverse order of its start; also after a failure or a stop signal.
 */
import { historyGroup } from '../history/history.ts';
import { timelineOf, type Timeline } from '../history/store/timeline.ts';
import { historyTotals } from '../history/store/totals.ts';
import { keyNames } from '../queue/key-names.ts';
import { readOutcomeBacklog } from '../queue/outcome-stream.ts';
import { openRedis } from '../queue/redis-connection.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import { bob } from './cast.ts';
import { checkSendCount, shownSubject } from './demo-mails.ts';
import { startDemoParts, type DemoParts } from './demo-parts.ts';
import type { StartDemoProcess } from './demo-processes.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { checkTotals, entryCount, relayCounts } from './demo-totals.ts';
import { usableColumns } from './layout.ts';
import { sendMails } from './send-mails.ts';
import { explainMessage, showMessage } from './show-message.ts';
import { showTimeline } from './show-timeline.ts';
import { createStopList, type StopList } from './stop-list.ts';
import { conclude, createChapters, introduce, showChecks, type Story } from './story.ts';
import { waitUntil } from './wait-until.ts';
import { writeByHand } from './write-by-hand.ts';

/** What {@link runDemo} takes. */
export interface DemoOptions {
  readonly terminal: DemoTerminal;
  /** Width of the terminal. */
  readonly columns: number;
  /** Where a progress bar is drawn, if the terminal has one. */
  readonly progressStream: NodeJS.WritableStream;
  /** The demo keeps its state in `demo` below it, and begins by emptying that. */
  readonly stateDirectory: string;
  /** Handed on to the processes, without settings of Onbehalf. */
  readonly environment: NodeJS.ProcessEnv;
  /** Starts a process that runs a verb. */
  readonly startProcess: StartDemoProcess;
  /** Ends the demo early: everything is stopped, and it rejects. */
  readonly signal: AbortSignal;
  /** Sends, i.e. recipients, in all; default 300. */
  readonly sendCount?: number;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** What a demo came to; the result of `onbehalf demo --json`. */
export interface DemoReport {
  readonly sends: {
    readonly enqueued: number;
    readonly accepted: number;
    readonly rejected: number;
    /** Attempts that were put off. */
    readonly deferrals: number;
  };
  /** Mails of users' own that were filed by their BCC copies. */
  readonly copies: number;
  /** Entries in the history. */
  readonly entries: number;
  readonly durationMs: number;
  /** Whether all totals add up. */
  readonly ok: boolean;
}

/**
 * Runs the demo.
 *
 * @throws OnbehalfError `INVALID_INPUT` for a count outside its limits; what a part throws that
 *   cannot be started or ends by itself; `INTERRUPTED` when the signal fired. Nothing is left running in any case.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { terminal, signal, sendCount = 300, clock = systemClock } = options;
  checkSendCount(sendCount);
  const story: Story = {
    terminal,
    signal,
    sendCount,
    clock,
    progressStream: options.progressStream,
    columns: usableColumns(options.columns),
    chapter: createChapters(terminal),
  };
  const stops = createStopList();
  try {
    return await tellStory(story, options, stops);
  } catch (error) {
    await stops.stopAll().catch((trouble: unknown) => terminal.note(messageOf(trouble)));
    if (!signal.aborted) throw error;
    throw new OnbehalfError('INTERRUPTED', 'the demo was stopped; nothing is left running', {
      cause: error,
    });
  }
}

async function tellStory(story: Story, options: DemoOptions, stops: StopList): Promise<DemoReport> {
  const { terminal, columns, clock } = story;
  const begunAt = clock.now();
  introduce(story);
  story.chapter('Everything starts');
  const parts = await startDemoParts({ ...options, ...story }, stops);
  const enqueued = await sendMails(story, parts);
  await writeByHand(story, parts);

  story.chapter('One of the messages, as the relay took it');
  showMessage(explainMessage(shownMail(parts)), terminal, columns);
  story.chapter('The contact’s history: both ways of writing on one timeline');
  const timeline = await bobsTimeline(parts);
  showTimeline(timeline, terminal, columns);

  story.chapter('Do the totals add up?');
  const eventsLeftCount = await eventsLeft(story, parts);
  // Nobody writes any more: what is counted now stays so.
  await parts.processes.stop();
  const history = await historyTotals(parts.database);
  const checks = checkTotals({
    enqueuedCount: enqueued.enqueuedCount,
    copiesWrittenCount: 1,
    relay: relayCounts(parts.relay),
    history,
    eventsLeftCount,
    contact: {
      sendCount: enqueued.sendsToBobCount,
      shownSendCount: linesOf(timeline, 'send'),
      shownCopyCount: linesOf(timeline, 'copy'),
    },
  });
  showChecks(story, checks);
  await stops.stopAll();
  const durationMs = clock.now() - begunAt;
  const ok = checks.every((check) => check.holds);
  conclude(story, { ok, durationMs, directory: parts.state.directory });
  return {
    sends: {
      enqueued: enqueued.enqueuedCount,
      accepted: history.sends.accepted,
      rejected: history.sends.rejected,
      deferrals: history.attempts.deferred,
    },
    copies: history.copyCount,
    entries: entryCount(history),
    durationMs,
    ok,
  };
}

function shownMail({ relay }: DemoParts) {
  const subject = `Subject: ${shownSubject}\r\n`;
  const mail = relay.accepted.find(
    ({ rcptTo, message }) => rcptTo.includes(bob.address) && message.includes(subject),
  );
  if (mail !== undefined) return mail;
  throw new OnbehalfError('SERVER_FAILED', `the relay has not accepted “${shownSubject}”`);
}

async function bobsTimeline({ database }: DemoParts): Promise<Timeline> {
  const timeline = await timelineOf(database, { tenant: 'default', address: bob.address });
  if (timeline !== undefined) return timeline;
  throw new OnbehalfError('SERVER_FAILED', `the history knows nobody with ${bob.address}`);
}

/** Outcome events in Redis, once the history had time to acknowledge the last ones. */
async function eventsLeft({ clock, signal }: Story, parts: DemoParts): Promise<number> {
  const redis = await openRedis({ url: parts.redis.url, whileAway: 'fail' });
  try {
    const deadline = clock.now() + 3_000;
    return await waitUntil({
      what: 'acknowledging the last events',
      look: async () => (await readOutcomeBacklog(redis, keyNames(), historyGroup)).length,
      enough: (length) => length === 0 || clock.now() > deadline,
      check: () => parts.processes.check(),
      clock,
      signal,
    });
  } finally {
    redis.disconnect();
  }
}

function linesOf(timeline: Timeline, kind: 'send' | 'copy'): number {
  return timeline.lines.filter((line) => line.kind === kind).length;
}
