import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { readRecordedSend, type RecordedSend } from '../history/store/send-attempts.ts';
import type { SendId } from '../mail/ids.ts';
import { isMessageId } from '../mail/ids.ts';
import { createFrozenFactsStore, type FrozenFacts } from '../queue/frozen-facts.ts';
import { explainSend } from '../queue/explain-send.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { describeSchedule } from '../worker/describe-schedule.ts';
import { nextAttempts } from '../worker/next-attempts.ts';
import { resolveRetryPlan, type RetryPlan } from '../worker/retry-plan.ts';
import { openHistoryToRead, readConfig } from './context.ts';
import { openOperations, sendIdArgument } from './operations.ts';
import { addVerb, verbCall } from './verb.ts';
import { attemptOfEvent, attemptOfRow, whyText, type SendReport } from './why-text.ts';

/** Adds `onbehalf why`. */
export function addWhyVerb(program: Command): void {
  addVerb(
    program,
    'why <sendId>',
    'Show where a send is, what holds it and until when, every attempt, which mode and why.',
    'onbehalf why abcdefghijklmnopqrstuvwxyz',
  )
    .option('--schedule', 'also when mails are tried again, for each kind of refusal')
    .action(async (text: string, options: { schedule?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const sendId = sendIdArgument('why', text);
      const config = await readConfig(globals);
      await using operations = await openOperations(config);
      const live = await explainSend(operations, sendId);
      const recorded = await readHistory(config, sendId);
      const plan = resolveRetryPlan(config.worker.retry);
      const messageId = recorded?.messageId ?? '';
      const frozen =
        live?.frozen ??
        (isMessageId(messageId)
          ? await createFrozenFactsStore(operations.redis, operations.keys).peek(messageId)
          : undefined);
      const report = reportOf(sendId, live, recorded, frozen, plan);
      if (report === undefined) {
        throw new OnbehalfError(
          'SEND_UNKNOWN',
          `no send ${sendId} is known here: neither in Redis nor in the history`,
        );
      }
      for (const line of whyText(report, operations.now(), terminal.colors)) terminal.line(line);
      const schedule = options.schedule === true ? describeSchedule(plan) : undefined;
      if (schedule !== undefined) terminal.line('');
      for (const line of schedule ?? []) terminal.line(line);
      terminal.json(schedule === undefined ? report : { ...report, schedule });
    });
}

/** What the history has; nothing where there is none here (it may be on another machine). */
async function readHistory(config: Config, sendId: SendId): Promise<RecordedSend | undefined> {
  if (!existsSync(config.database.file)) return undefined;
  await using database = await openHistoryToRead(config);
  return await readRecordedSend(database, sendId);
}

function reportOf(
  sendId: SendId,
  live: Awaited<ReturnType<typeof explainSend>>,
  recorded: RecordedSend | undefined,
  frozen: FrozenFacts | undefined,
  plan: RetryPlan,
): SendReport | undefined {
  if (live === undefined && recorded === undefined) return undefined;
  const { job, status } = live ?? {};
  const rows = recorded?.attempts.map(attemptOfRow) ?? [];
  const known = new Set(rows.map(({ attempt }) => attempt));
  // Events that the history has not read yet are only in Redis.
  const events = (live?.attempts ?? []).map(attemptOfEvent);
  const attempts = [...rows, ...events.filter(({ attempt }) => !known.has(attempt))].toSorted(
    (a, b) => a.attempt - b.attempt,
  );
  const latest = attempts.at(-1);
  const { nextAt, result } = latest ?? {};
  const waits = status?.state === 'waiting' && status.openSince === undefined;
  const next =
    waits &&
    job !== undefined &&
    latest !== undefined &&
    nextAt !== undefined &&
    result !== undefined &&
    result !== 'accepted'
      ? nextAttempts(plan, { ...latest, result, nextAt }, job.expiresAt)
      : undefined;
  const masked = attempts.findLast(({ mode }) => mode !== undefined);
  const recipient = job?.recipient ?? recorded?.recipient;
  const tenant = job?.tenant ?? recorded?.tenant;
  const mode = frozen?.mode ?? masked?.mode;
  const modeRow = frozen?.modeRow ?? masked?.modeRow;
  return {
    sendId,
    state: status?.state ?? attempts.at(-1)?.state ?? 'waiting',
    hindrance: live?.hindrance ?? { kind: 'ended' },
    ...(recipient === undefined ? {} : { recipient }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(job === undefined ? {} : { expiresAt: job.expiresAt }),
    ...(status?.endedAt === undefined ? {} : { endedAt: status.endedAt }),
    ...(mode === undefined ? {} : { mode }),
    ...(modeRow === undefined ? {} : { modeRow }),
    ...(frozen === undefined ? {} : { modeWhy: frozen.why }),
    attempts,
    ...(next === undefined ? {} : { next }),
  };
}
