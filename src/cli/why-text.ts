import { classTexts } from '../bounces/class-texts.ts';
import type { RecordedSend } from '../history/store/send-attempts.ts';
import type { AttemptResult, MaskingMode, SendState } from '../mail/kinds.ts';
import { formatSmtpReply, type SmtpReply } from '../mail/smtp-reply.ts';
import { isBounceClass, type BounceClass } from '../mail/bounce-class.ts';
import type { Hindrance } from '../queue/explain-send.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { NextAttempts } from '../worker/next-attempts.ts';
import type { Colors } from './colors.ts';
import { durationText, printable, timeText } from './terminal-text.ts';

/** What a worker made of a failure. */
export interface ReportedBounce {
  readonly class: BounceClass;
  /** Id of the rule that decided. */
  readonly rule: string;
  /** What the class means, in one sentence. */
  readonly meaning: string;
}

/** One attempt of a send, or an end without one. */
export interface ReportedAttempt {
  readonly attempt: number;
  /** When it ended, ms since 1970. */
  readonly at: number;
  readonly state: SendState;
  readonly result?: AttemptResult;
  readonly route?: string;
  readonly reply?: SmtpReply;
  readonly reason?: string;
  /** What its failure means. */
  readonly bounce?: ReportedBounce;
  readonly nextAt?: number;
  /** How long its submission took, in milliseconds. */
  readonly tookMs?: number;
  readonly mode?: MaskingMode;
  readonly modeRow?: number;
}

/** What `onbehalf why` tells. Times in ms since 1970. */
export interface SendReport {
  readonly sendId: string;
  readonly state: SendState;
  readonly hindrance: Hindrance;
  readonly recipient?: string;
  readonly tenant?: string;
  readonly expiresAt?: number;
  readonly endedAt?: number;
  readonly mode?: MaskingMode;
  readonly modeRow?: number;
  readonly modeWhy?: string;
  readonly attempts: readonly ReportedAttempt[];
  /** When it is tried again, by the configuration of this machine; absent where nothing waits. */
  readonly next?: NextAttempts;
}

/** An attempt as its event tells it. */
export function attemptOfEvent(event: OutcomeEvent): ReportedAttempt {
  const { attempt, at, state, result, route, reply, reason, nextAt, tookMs } = event;
  const { mode, modeRow } = event;
  const bounce = bounceOf(event.bounce?.class, event.bounce?.rule);
  const about = { attempt, at, state, result, route, reply, reason, bounce, nextAt, tookMs };
  return withoutAbsent({ ...about, mode, modeRow });
}

/** An attempt as the history has it. */
export function attemptOfRow(row: RecordedSend['attempts'][number]): ReportedAttempt {
  const { number, at, state, result, route, reason, nextAt, tookMs, mode, modeRow } = row;
  const reply =
    row.replyCode === null
      ? undefined
      : withoutAbsent({
          code: row.replyCode,
          enhancedCode: row.replyEnhancedCode,
          text: row.replyText ?? '',
        });
  const bounce = bounceOf(row.bounceClass ?? undefined, row.bounceRule ?? undefined);
  const about = {
    attempt: number,
    at,
    state,
    result,
    route,
    reply,
    reason,
    bounce,
    nextAt,
    tookMs,
  };
  return withoutAbsent({ ...about, mode, modeRow });
}

function bounceOf(name: string | undefined, rule: string | undefined): ReportedBounce | undefined {
  if (name === undefined || !isBounceClass(name)) return undefined;
  return { class: name, rule: rule ?? 'unknown', meaning: classTexts[name].happened };
}

/** A report as lines of text. */
export function whyText(report: SendReport, now: number, colors: Colors): readonly string[] {
  const { bold, dim } = colors;
  const { sendId, state, recipient, tenant, mode, modeRow, modeWhy, expiresAt, endedAt } = report;
  const lines = [`${bold(sendId)}  ${recipient ?? ''}  ${dim(tenant ?? '')}`, ''];
  const add = (name: string, text: string): number => lines.push(`${name.padEnd(8)} ${text}`);
  const ended = endedAt === undefined ? '' : ` since ${timeText(endedAt)}`;
  add('State', `${state}${ended}`);
  if (report.hindrance.kind !== 'ended') add('Why', hindranceText(report.hindrance, now));
  if (expiresAt !== undefined && report.hindrance.kind !== 'ended') {
    add('Until', `no attempt from ${timeText(expiresAt)} on`);
  }
  if (mode !== undefined) {
    const row = modeRow === undefined ? '' : ` (row ${modeRow})`;
    add('Mode', `${mode}${row}${modeWhy === undefined ? '' : `: ${printable(modeWhy)}`}`);
  }
  if (report.next !== undefined) addNext(report.next);
  if (report.attempts.length > 0) lines.push('');
  for (const each of report.attempts) {
    const over = each.route === undefined ? '' : ` over ${each.route}`;
    const took = each.tookMs === undefined ? '' : dim(` after ${millisecondsText(each.tookMs)}`);
    const as = each.mode === undefined || each.mode === mode ? '' : `, as ${each.mode}`;
    lines.push(
      `${each.attempt}. ${dim(timeText(each.at))}  ${each.result ?? each.state}${over}${as}${took}`,
    );
    if (each.reply !== undefined) lines.push(`   ${printable(formatSmtpReply(each.reply))}`);
    if (each.bounce !== undefined) {
      const { class: name, rule, meaning } = each.bounce;
      lines.push(`   ${name}: ${meaning} ${dim(`(rule ${printable(rule)})`)}`);
    }
    if (each.reason !== undefined) lines.push(`   ${printable(each.reason)}`);
    if (each.nextAt !== undefined) lines.push(dim(`   next not before ${timeText(each.nextAt)}`));
  }
  return lines;

  function addNext({ rule, at, isCut }: NextAttempts): void {
    add('Retry', `${rule}; waits vary`);
    const times = at.map(timeText).join(', ');
    const then = isCut ? ', …' : '; then it expires';
    add('Next', at.length === 0 ? 'none before it expires' : `${times}${then}`);
  }
}

function millisecondsText(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : durationText(ms);
}

function hindranceText(hindrance: Hindrance, now: number): string {
  const until = (at: number): string => `${timeText(at)} (in ${durationText(at - now)})`;
  switch (hindrance.kind) {
    case 'ended':
      return 'it has come to its end';
    case 'held':
      return `held for a person: ${printable(hindrance.reason ?? 'no reason kept')}; see onbehalf held`;
    case 'releasing':
      return 'a release was begun and not finished: onbehalf held list finishes it';
    case 'submitting':
      return `its body is on its way since ${timeText(hindrance.since)}; if no worker has it any more, the next one takes over`;
    case 'in-work':
      return 'a worker has it';
    case 'scheduled':
      return `scheduled for ${until(hindrance.until)}`;
    case 'backoff':
      return `waits for its next attempt until ${until(hindrance.until)}`;
    case 'put-off':
      if (hindrance.cause === 'breaker') {
        return `${printable(hindrance.text)}; onbehalf breaker reset lets it go, else it is looked at again at ${until(hindrance.until)}`;
      }
      return `${hindrance.cause}: ${printable(hindrance.text)}, until ${until(hindrance.until)}`;
    case 'paused':
      return 'it is due, and the queue is paused';
    case 'no-worker':
      return 'it is due, and no worker is alive';
    case 'workers-stand-still':
      return `it is due, and workers take no jobs until ${until(hindrance.until)}: ${printable(hindrance.reason)}`;
    case 'in-line':
      return `it is due; up to ${hindrance.before} before it`;
    case 'failed':
      return 'its job cannot be read: see the log of the workers';
    case 'no-job':
      return 'it has no job: the call that brought it ended early; repeat it with its key';
  }
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], null | undefined> };

/** The same without what is null or undefined. */
function withoutAbsent<T extends object, Result extends Present<T>>(source: T): Result {
  const entries = Object.entries(source).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(entries) as Result;
}
