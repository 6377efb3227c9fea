import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { classifyMail } from '../bounces/classify-mail.ts';
import type { Classification } from '../bounces/classification.ts';
import type { ClassifyReply } from '../bounces/finding.ts';
import { parseSmtpReply } from '../mail/smtp-reply.ts';
import { messageOf } from '../runtime/errors.ts';
import { classificationText, noticeText } from './classify-text.ts';
import { readOptionFile } from './read-file.ts';
import { printable } from './terminal-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Classifies the mails whose paths a file lists, one per line, and prints a line for each. One that
 * cannot be read is told as such and does not stop the others.
 *
 * @param list path, or `-` for standard input
 * @param classifyReply by which rules
 * @returns the exit code: 1 when a mail could not be read
 * @throws OnbehalfError `INVALID_INPUT` when the list cannot be read
 */
export async function classifyMailList(
  list: string,
  classifyReply: ClassifyReply,
  terminal: Terminal,
): Promise<0 | 1> {
  const files = linesOf(readOptionFile('classify', '--mails', list));
  return classifyEach('file', files, terminal, async (file) => {
    const reading = classifyMail(await readFile(file), classifyReply);
    for (const line of noticeText(file, reading, terminal.colors)) terminal.line(line);
    terminal.json({
      file,
      kind: reading.kind,
      results: reading.results.map((each) => ({
        ...(each.recipient === undefined ? {} : { recipient: each.recipient }),
        ...(each.finalRecipient === undefined ? {} : { finalRecipient: each.finalRecipient }),
        ...verdictOf(each),
        action: each.action,
        ...(each.evidence.code === undefined ? {} : { code: each.evidence.code }),
        ...(each.evidence.enhancedCode === undefined
          ? {}
          : { enhancedCode: each.evidence.enhancedCode }),
      })),
    });
  });
}

/**
 * Classifies replies, given as JSON lines with `id` and `reply` (or `text`, where no server said it in
 * a session), and prints a line for each. A line that is none is told as such and does not stop the others.
 *
 * @param file path, or `-` for standard input
 * @param classifyReply by which rules
 * @returns the exit code: 1 when a line was none
 * @throws OnbehalfError `INVALID_INPUT` when the file cannot be read
 */
export async function classifyReplyFile(
  file: string,
  classifyReply: ClassifyReply,
  terminal: Terminal,
): Promise<0 | 1> {
  const lines = linesOf(readOptionFile('classify', '--replies', file));
  return classifyEach('line', lines, terminal, async (line) => {
    const { id, reply } = readReplyLine(line);
    const found = classifyReply(parseSmtpReply(reply) ?? { text: reply });
    for (const text of classificationText(found, terminal.colors, String(id))) terminal.line(text);
    terminal.json({ id, ...verdictOf(found) });
    return Promise.resolve();
  });
}

function readReplyLine(line: string): { readonly id: unknown; readonly reply: string } {
  const value = JSON.parse(line) as unknown;
  const source = typeof value === 'object' && value !== null ? value : {};
  const fields = source as Readonly<Record<string, unknown>>;
  const reply = fields['reply'] ?? fields['text'];
  if (typeof reply !== 'string') throw new TypeError('the line has no text in "reply"');
  return { id: fields['id'], reply };
}

function verdictOf({ class: name, suppress, confidence, rule }: Classification) {
  return { class: name, suppress, confidence, rule };
}

async function classifyEach(
  name: 'file' | 'line',
  items: readonly string[],
  terminal: Terminal,
  classify: (item: string) => Promise<void>,
): Promise<0 | 1> {
  const bar = terminal.drawsProgress && items.length > 500 ? startBar(items.length) : undefined;
  let failed: 0 | 1 = 0;
  for (const item of items) {
    try {
      await classify(item);
    } catch (error) {
      failed = 1;
      const message = messageOf(error);
      const shown = printable(item.slice(0, 200));
      terminal.note(`${shown}: ${message}`);
      terminal.json({ [name]: shown, error: { code: 'INVALID_INPUT', message } });
    }
    bar?.increment();
  }
  bar?.stop();
  return failed;
}

function startBar(total: number): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {value} of {total}',
    stream: process.stderr,
    clearOnComplete: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  return bar;
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
}
