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
import { relative } from 'node:path';
import { historyGroup } from '../history/history.ts';
import { timelineOf, type Timeline } from '../history/store/timeline.ts';
import { historyTotals, type HistoryTotals } from '../history/store/totals.ts';
import { createProducer } from '../producer/index.ts';
import { keyNames } from '../queue/key-names.ts';
import { readOutcomeBacklog } from '../queue/outcome-stream.ts';
import { openRedis } from '../queue/redis-connection.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { bob, provider, users } from './cast.ts';
import { demoMails, shownSubject } from './demo-mails.ts';
import { startDemoParts, type DemoParts, type DemoPartsOptions } from './demo-parts.ts';
import type { StartDemoProcess } from './demo-processes.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { checkTotals, entryCount, relayCounts, type DemoCheck } from './demo-totals.ts';
import { usableColumns, wrap } from './layout.ts';
import { deliverOwnMail } from './own-mail.ts';
import { startProgress } from './progress.ts';
import { explainMessage, showMessage } from './show-message.ts';
import { showTimeline } from './show-timeline.ts';
import { createStopList, type StopList } from './stop-list.ts';
import { waitUntil } from './wait-until.ts';

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
 * @throws OnbehalfError when a part cannot be started or ends by itself; `INTERRUPTED` when the
 *   signal fired. Nothing is left running in any case.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const stops = createStopList();
  try {
    const report = await tellStory(options, stops);
    await stops.stopAll();
    return report;
  } catch (error) {
    await stops.stopAll();
    if (!options.signal.aborted) throw error;
    throw new OnbehalfError('INTERRUPTED', 'the demo was stopped; nothing is left running', {
      cause: error,
    });
  }
}

interface Story extends DemoPartsOptions {
  readonly columns: number;
  readonly progressStream: NodeJS.WritableStream;
  /** When the demo began, ms since 1970. */
  readonly startedAt: number;
}

async function tellStory(options: DemoOptions, stops: StopList): Promise<DemoReport> {
  const clock = options.clock ?? systemClock;
  const startedAt = clock.now();
  const story: Story = {
    ...options,
    clock,
    startedAt,
    columns: usableColumns(options.columns),
    sendCount: options.sendCount ?? 300,
  };
  // Checks the count before anything is started or emptied.
  demoMails(story.sendCount, startedAt);
  introduce(story);
  chapter(story, 'Everything starts');
  const parts = await startDemoParts(story, stops);
  const enqueued = await sendAll(story, parts);
  await writeByHand(story, parts);

  chapter(story, 'One of the messages, as the relay took it');
  showOne(story, parts);
  chapter(story, 'The contact’s history: both ways of writing on one timeline');
  const timeline = await timelineOf(parts.database, { tenant: 'default', address: bob.address });
  if (timeline === undefined) throw new OnbehalfError('SERVER_FAILED', 'Bob has no history');
  showTimeline(timeline, story.terminal, story.columns);

  chapter(story, 'Do the totals add up?');
  const eventsLeftCount = await eventsLeft(story, parts);
  await parts.processes.stop();
  const history = await historyTotals(parts.database);
  const checks = checkTotals({
    ...enqueued,
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
  const report = {
    sends: {
      enqueued: enqueued.enqueuedCount,
      accepted: history.sends.accepted,
      rejected: history.sends.rejected,
      deferrals: history.attempts.deferred,
    },
    copies: history.copyCount,
    entries: entryCount(history),
    durationMs: clock.now() - startedAt,
    ok: checks.every((check) => check.holds),
  };
  conclude(story, parts, report);
  return report;
}

function introduce({ terminal, columns, sendCount }: Story): void {
  const { bold, dim } = terminal.colors;
  const names = users.map(({ name }) => name.split(' ')[0]);
  terminal.line();
  terminal.line(` ${bold('Onbehalf')}`);
  const text = `${provider.name} is a CRM. ${names.slice(0, -1).join(', ')} and ${names.at(-1)} write to their contacts in it, and it sends ${sendCount} of their mails on their behalf. Everything below really happens, on this machine only.`;
  for (const line of wrap(text, columns - 2)) terminal.line(` ${dim(line)}`);
}

const chapters = new WeakMap<Story, number>();

function chapter(story: Story, title: string): void {
  const number = (chapters.get(story) ?? 0) + 1;
  chapters.set(story, number);
  story.terminal.line();
  story.terminal.line(` ${story.terminal.colors.bold(`${number}  ${title}`)}`);
}

const callsAtOnce = 25;

/** Enqueues the mails and waits until the history knows how each send ended. */
async function sendAll(
  story: Story,
  parts: DemoParts,
): Promise<{ readonly enqueuedCount: number; readonly sendsToBobCount: number }> {
  const { terminal, clock, signal, sendCount } = story;
  chapter(story, `${sendCount} mails on behalf of ${users.length} users`);
  const begunAt = clock.now();
  const mails = demoMails(sendCount, begunAt);
  let enqueuedCount = 0;
  let sendsToBobCount = 0;
  await using producer = createProducer({ redisUrl: parts.redis.url });
  for (let at = 0; at < mails.length; at += callsAtOnce) {
    signal.throwIfAborted();
    const calls = mails.slice(at, at + callsAtOnce).map(async (mail) => producer.send(mail));
    const sends = (await Promise.all(calls)).flatMap((result) => result.sends);
    enqueuedCount += sends.length;
    sendsToBobCount += sends.filter(({ recipient }) => recipient === bob.address).length;
  }
  done(story, `${mails.length} messages to ${enqueuedCount} recipients enqueued`, begunAt);

  const progress = startProgress(terminal, story.progressStream, enqueuedCount, 'sends have ended');
  try {
    const totals = await waitUntil({
      what: 'sending',
      look: async () => {
        const seen = await historyTotals(parts.database);
        progress.update(endedCount(seen));
        return seen;
      },
      enough: (seen) => endedCount(seen) >= enqueuedCount,
      check: () => parts.processes.check(),
      clock,
      signal,
    });
    progress.end();
    done(story, outcomeText(totals), begunAt);
  } finally {
    progress.end();
  }
  return { enqueuedCount, sendsToBobCount };
}

function outcomeText({ sends, attempts }: HistoryTotals): string {
  return `all sent: ${sends.accepted} accepted, ${sends.rejected} rejected, after ${attempts.deferred} times “later”`;
}

function endedCount({ sends }: HistoryTotals): number {
  return Object.values(sends).reduce((sum, count) => sum + count, 0) - sends.waiting;
}

/** Jane writes a mail of her own, and its copy is waited for. */
async function writeByHand(story: Story, parts: DemoParts): Promise<void> {
  const { terminal, columns, clock, signal } = story;
  const { cyan, dim } = terminal.colors;
  chapter(story, 'Jane writes from her own mail program');
  const text = `Bob’s server refused the archive she sent. So she writes to him from the program on her laptop, which knows nothing of the CRM, and puts her dropbox address into BCC:`;
  for (const line of wrap(text, columns - 3)) terminal.line(`   ${dim(line)}`);
  terminal.line(`   ${cyan(parts.dropboxAddress)}`);
  const begunAt = clock.now();
  await deliverOwnMail(parts.dovecot.lmtp, parts.dropboxAddress, begunAt);
  await waitUntil({
    what: 'filing the copy',
    look: async () => {
      const { intake } = await historyTotals(parts.database);
      const { byState, unmovedCount } = intake;
      return Object.values(byState).reduce((sum, count) => sum + count, 0) - unmovedCount;
    },
    enough: (movedCount) => movedCount === 1,
    check: () => parts.processes.check(),
    clock,
    signal,
  });
  done(story, 'its copy is filed in Bob’s history', begunAt);
}

function showOne({ terminal, columns }: Story, { relay }: DemoParts): void {
  const subject = `Subject: ${shownSubject}\r\n`;
  const mail = relay.accepted.find(
    ({ rcptTo, message }) => rcptTo.includes(bob.address) && message.includes(subject),
  );
  if (mail === undefined) {
    throw new OnbehalfError('SERVER_FAILED', `the relay has not accepted “${shownSubject}”`);
  }
  showMessage(explainMessage(mail), terminal, columns);
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

function done({ terminal, clock }: Story, what: string, since: number): void {
  const seconds = ((clock.now() - since) / 1000).toFixed(1);
  terminal.line(
    `   ${terminal.colors.green('✔')} ${what} ${terminal.colors.dim(`(${seconds} s)`)}`,
  );
}

function showChecks({ terminal }: Story, checks: readonly DemoCheck[]): void {
  const { green, red } = terminal.colors;
  for (const { holds, text } of checks) {
    terminal.line(`   ${holds ? green('✔') : red('✘')} ${text}`);
    if (!holds) terminal.note(`does not add up: ${text}`);
  }
}

function conclude(story: Story, { state }: DemoParts, report: DemoReport): void {
  const { terminal } = story;
  const { bold, cyan, dim, green, red } = terminal.colors;
  const seconds = (report.durationMs / 1000).toFixed(1);
  const directory = relative('', state.directory) || '.';
  terminal.line();
  terminal.line(
    report.ok
      ? ` ${green(bold('It all adds up.'))} ${dim(`${seconds} s; everything is stopped again.`)}`
      : ` ${red(bold('It does not add up.'))} ${dim(`Everything is stopped; see ${directory}/logs.`)}`,
  );
  terminal.line();
  terminal.line(` ${dim('The history is still there. Ask it:')}`);
  terminal.line(`   ${cyan(`ONBEHALF_STATE_DIRECTORY=${directory} \\`)}`);
  terminal.line(`     ${cyan(`npx onbehalf timeline ${bob.address}`)}`);
  terminal.line(` ${dim('Run it with your own relay and mailbox:')}`);
  terminal.line(`   ${cyan('npx onbehalf up --help')}`);
  terminal.line();
}
