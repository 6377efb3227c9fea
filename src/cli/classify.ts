import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { classifyMail } from '../bounces/classify-mail.ts';
import type { ClassifyReply } from '../bounces/finding.ts';
import { parseSmtpReply } from '../mail/smtp-reply.ts';
import { validationError } from '../runtime/errors.ts';
import { checkRules } from './check-rules.ts';
import { classifyMailList, classifyReplyFile } from './classify-batch.ts';
import { classifyBy } from './classify-rules.ts';
import { classificationText, noticeText } from './classify-text.ts';
import { readOptionFile } from './read-file.ts';
import type { Terminal } from './terminal.ts';
import { addVerb, verbCall } from './verb.ts';

interface ClassifyOptions {
  readonly mails?: string;
  readonly replies?: string;
  readonly rules?: string;
  readonly checkRules?: string | true;
}

/** Adds `onbehalf classify`. */
export function addClassifyVerb(program: Command): void {
  addVerb(
    program,
    'classify [what...]',
    'Say what replies of servers and mails that came back mean: a reply, files, or - for standard input.',
    [
      "onbehalf classify '550 5.1.1 <jo@acme.example>: user unknown'",
      'onbehalf classify bounce.eml --rules bounce-rules.json',
      'onbehalf classify --check-rules bounce-rules.json',
    ].join('\n  '),
  )
    .option('--mails <list>', 'a file with one path of a mail per line, or -')
    .option('--replies <file>', 'a file with JSON lines {id, reply}, or -')
    .option(
      '--rules <file>',
      'rules of this file (default: those of the configuration) before ours',
    )
    .option(
      '--check-rules [file]',
      'check the rules of this file, or of the configuration, and ours; classify nothing',
    )
    .action(async (given: readonly string[], options: ClassifyOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      checkUse(given, options);
      if (options.checkRules !== undefined) {
        process.exitCode = await checkRules(options.checkRules, globals, terminal);
        return;
      }
      const by = await classifyBy(options.rules, globals, terminal);
      if (options.mails !== undefined)
        process.exitCode = await classifyMailList(options.mails, by, terminal);
      if (options.replies !== undefined)
        process.exitCode = await classifyReplyFile(options.replies, by, terminal);
      // Words of a reply that were not put into quotes come one by one.
      const replyInPieces = given.length > 1 && /^[245]\d\d$/.test(given[0] ?? '');
      for (const each of replyInPieces ? [given.join(' ')] : given) classifyOne(each, by, terminal);
    });
}

function checkUse(given: readonly string[], options: ClassifyOptions): void {
  const { mails, replies, rules, checkRules: checked } = options;
  const ways = [given.length > 0, ...[mails, replies, checked].map((each) => each !== undefined)];
  const count = ways.filter(Boolean).length;
  const isTwice = checked !== undefined && rules !== undefined;
  if (count === 1 && !isTwice) return;
  const message = isTwice
    ? 'give the file to --check-rules itself, without --rules'
    : count === 0
      ? 'needed: a reply, files, - for standard input, --mails, --replies or --check-rules'
      : 'give either replies and files, or --mails, or --replies, or --check-rules';
  throw validationError('INVALID_INPUT', 'classify', [{ field: 'what', message }]);
}

/** A reply begins with its code; whatever else is no file is taken for one that has none. */
function classifyOne(given: string, by: ClassifyReply, terminal: Terminal): void {
  if (given === '-') {
    const bytes = readOptionFile('classify', 'what', '-');
    if (looksLikeReply(bytes)) printReply(bytes.toString('utf8').trim(), by, terminal);
    else printMail('-', bytes, by, terminal);
    return;
  }
  const isFile = !/^[245]\d\d(?:[ -]|$)/.test(given) && existsSync(given);
  if (isFile) {
    printMail(given, readOptionFile('classify', 'what', given), by, terminal);
    return;
  }
  if (!/\s/.test(given.trim()) && /[./\\]/.test(given) && !/^[245]\.\d+\.\d+$/.test(given)) {
    const message = `there is no file ${given}, and a reply has more than one word`;
    throw validationError('INVALID_INPUT', 'classify', [{ field: 'what', message }]);
  }
  printReply(given, by, terminal);
}

/** Every line of a reply begins with its code (RFC 5321 §4.2.1). */
function looksLikeReply(bytes: Buffer): boolean {
  const lines = bytes.toString('latin1', 0, 4_096).trim().split(/\r?\n/);
  return lines.every((line) => /^[245]\d\d(?:[ -]|$)/.test(line));
}

function printReply(raw: string, by: ClassifyReply, terminal: Terminal): void {
  const found = by(parseSmtpReply(raw) ?? { text: raw });
  for (const line of classificationText(found, terminal.colors)) terminal.line(line);
  terminal.json({ reply: raw, ...found });
}

function printMail(file: string, bytes: Buffer, by: ClassifyReply, terminal: Terminal): void {
  const reading = classifyMail(bytes, by);
  for (const line of noticeText(file, reading, terminal.colors)) terminal.line(line);
  terminal.json({ file, ...reading });
}
