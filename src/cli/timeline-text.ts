import type { CopyLine, SendLine, Timeline } from '../history/index.ts';
import type { MaskingMode } from '../mail/kinds.ts';
import { formatSmtpReply } from '../mail/smtp-reply.ts';
import type { Colors } from './colors.ts';
import { noticeLineText } from './notice-text.ts';
import { printable, timeText } from './terminal-text.ts';

/** A contact's timeline as lines of text for a terminal. */
export function timelineText(timeline: Timeline, colors: Colors): readonly string[] {
  const { name, addresses } = timeline.contact;
  const head = [name, ...addresses].filter((part) => part !== undefined).join('  ');
  const lines = timeline.lines.flatMap((line) => {
    switch (line.kind) {
      case 'send':
        return sendText(line, colors);
      case 'copy':
        return copyText(line, colors);
      case 'notice':
        return noticeLineText(line, colors, indent);
    }
  });
  return [colors.bold(printable(head)), '', ...lines];
}

function sendText(line: SendLine, colors: Colors): string[] {
  const { bold, dim } = colors;
  const who = printable(line.senderName ?? line.senderAddress ?? 'somebody');
  const row = line.modeRow === undefined ? '' : ` (row ${line.modeRow})`;
  const how = `${line.mode === undefined ? 'of' : modeTexts[line.mode]} ${who}${row}`;
  const tries = line.attemptCount > 1 ? `, attempt ${line.attemptCount}` : '';
  const text = [
    `${dim(timeText(line.at))}  ${stateText(line, colors)}  ${bold(printable(line.subject ?? '(no subject)'))}`,
    `${indent}${dim(`to ${line.recipient}, ${how}${tries}`)}`,
  ];
  const answer = line.reply === undefined ? line.reason : formatSmtpReply(line.reply);
  if (line.state !== 'accepted' && answer !== undefined) text.push(`${indent}${printable(answer)}`);
  if (line.bounce !== undefined) text.push(`${indent}${dim(printable(line.bounce.class))}`);
  if (line.nextAt !== undefined)
    text.push(`${indent}${dim(`next attempt ${timeText(line.nextAt)}`)}`);
  return text;
}

function copyText(line: CopyLine, colors: Colors): string[] {
  const { bold, cyan, dim } = colors;
  const who = line.senderName ?? line.senderAddress ?? 'somebody';
  const files = line.attachments.map(({ filename }) => filename).join(', ');
  return [
    `${dim(timeText(line.at))}  ${cyan('copy    ')}  ${bold(printable(line.subject ?? '(no subject)'))}`,
    `${indent}${dim(`written by ${printable(who)} in her own program, kept by BCC`)}`,
    ...(files === '' ? [] : [`${indent}${dim(`with ${printable(files)}`)}`]),
  ];
}

const indent = ' '.repeat(31);

/** How a mail was masked, with the name of the sender to follow. */
const modeTexts: Readonly<Record<MaskingMode, string>> = {
  'on-behalf': 'on behalf of',
  aligned: 'as',
  rewritten: 'from an alias of',
  direct: 'from the mailbox of',
};

function stateText(line: SendLine, { green, red, yellow }: Colors): string {
  const text = line.state.padEnd(8);
  switch (line.state) {
    case 'accepted':
      return green(text);
    case 'rejected':
    case 'expired':
      return red(text);
    case 'waiting':
    case 'held':
    case 'suppressed':
    case 'cancelled':
      return yellow(text);
  }
}
