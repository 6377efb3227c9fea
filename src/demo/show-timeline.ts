import type { Timeline } from '../history/store/timeline.ts';
import type {
  CopyLine,
  NoticeLine,
  SendLine,
  TimelineAttempt,
  TimelineLine,
} from '../history/store/timeline-line.ts';
import { formatSmtpReply } from '../mail/smtp-reply.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { pad, shorten } from './layout.ts';

const indent = ' '.repeat(3);
const timeWidth = 8;
const markWidth = 10;
const senderWidth = 12;

/** Prints a contact's timeline, oldest first, with every attempt of its sends. */
export function showTimeline(timeline: Timeline, terminal: DemoTerminal, columns: number): void {
  const { bold } = terminal.colors;
  const { name, addresses } = timeline.contact;
  const title = name === undefined ? addresses.join(', ') : `${name} <${addresses.join(', ')}>`;
  terminal.line(`${indent}${bold(title)}`);
  for (const line of timeline.lines.toReversed()) {
    terminal.line();
    switch (line.kind) {
      case 'send':
        showSend(line, terminal, columns);
        break;
      case 'copy':
        showCopy(line, terminal, columns);
        break;
      case 'notice':
        showNotice(line, terminal, columns);
        break;
    }
  }
}

function showSend(line: SendLine, terminal: DemoTerminal, columns: number): void {
  const { green, red, yellow } = terminal.colors;
  const paint = line.state === 'accepted' ? green : line.state === 'waiting' ? yellow : red;
  const mark = line.state === 'accepted' ? '✔' : line.state === 'waiting' ? '…' : '✘';
  showHead(line, paint(pad(`${mark} ${line.state}`, markWidth)), terminal, columns);
  for (const attempt of line.attempts) detail(attemptText(attempt), terminal, columns);
}

function showCopy(line: CopyLine, terminal: DemoTerminal, columns: number): void {
  showHead(line, terminal.colors.cyan(pad('✉ copy', markWidth)), terminal, columns);
  detail('written in her own mail program, kept by BCC to her dropbox', terminal, columns);
  for (const file of line.attachments) {
    detail(`with ${file.filename} (${file.sizeBytes} bytes)`, terminal, columns);
  }
}

function showNotice(line: NoticeLine, terminal: DemoTerminal, columns: number): void {
  showHead(line, terminal.colors.red(pad(`✘ ${line.notice}`, markWidth)), terminal, columns);
  detail(line.diagnostic ?? line.class.replaceAll('_', ' '), terminal, columns);
}

function showHead(line: TimelineLine, mark: string, terminal: DemoTerminal, columns: number): void {
  const { bold, dim } = terminal.colors;
  const who = pad(line.senderName ?? line.senderAddress ?? '', senderWidth);
  const room = columns - indent.length - timeWidth - 2 - markWidth - 2 - senderWidth - 2;
  const subject = shorten(line.subject ?? '(no subject)', room);
  terminal.line(`${indent}${dim(clockTime(line.at))}  ${mark}  ${who}  ${bold(subject)}`);
}

function detail(text: string, terminal: DemoTerminal, columns: number): void {
  const margin = indent.length + timeWidth + 2;
  terminal.line(`${' '.repeat(margin)}${terminal.colors.dim(shorten(text, columns - margin))}`);
}

function attemptText(attempt: TimelineAttempt): string {
  const answer =
    attempt.reply === undefined ? (attempt.reason ?? 'no answer') : formatSmtpReply(attempt.reply);
  return `${clockTime(attempt.at)}  ${answer}`;
}

/** The time of day at this machine, to the second. */
function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
