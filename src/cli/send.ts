import { basename } from 'node:path';
import type { Command } from 'commander';
import { checkSend, contentBytesMaxDefault } from '../producer/check-send.ts';
import {
  createProducer,
  type AttachmentInput,
  type SendInput,
  type SuppressedRecipient,
} from '../producer/index.ts';
import type { SendKind } from '../mail/kinds.ts';
import { processLogger, producerOptions, readConfig, redisUrlOf } from './context.ts';
import { readOptionFile } from './read-file.ts';
import { printable, timeText } from './terminal-text.ts';
import { addMailboxOptions, mailboxesOf, type MailboxFlags } from './mailbox-options.ts';
import { addVariablesOptions, variablesOf, type VariablesFlags } from './variables-options.ts';
import { addVerb, verbCall } from './verb.ts';

interface SendFlags extends MailboxFlags, VariablesFlags {
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly textFile?: string;
  readonly htmlFile?: string;
  readonly attach?: string[];
  readonly header?: string[];
  readonly kind?: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly sendAt?: string;
  readonly expiresAt?: string;
}

/** Adds `onbehalf send`. */
export function addSendVerb(program: Command): void {
  const verb = addVerb(
    program,
    'send',
    'Enqueue one message, one send for each recipient.',
    `onbehalf send --from 'Jane Doe <jane@acme.example>' --to bob@dest.example --subject Hello --text 'Hi Bob'`,
  );
  addMailboxOptions(verb)
    .requiredOption('--subject <text>', 'subject')
    .option('--text <text>', 'plain text body')
    .option('--text-file <file>', 'plain text body from a file, - for standard input')
    .option('--html <html>', 'HTML body')
    .option('--html-file <file>', 'HTML body from a file, - for standard input');
  addVariablesOptions(verb)
    .option('--attach <file...>', 'files to send along')
    .option('--header <header...>', 'custom fields, as "X-Name: value"')
    .option('--kind <kind>', 'single, sequence or bulk (default: single)')
    .option('--tenant <tenant>', 'customer organisation (default: default)')
    .option('--key <key>', 'idempotency key: the same call again changes nothing')
    .option('--send-at <time>', 'not before this time (ISO 8601)')
    .option('--expires-at <time>', 'not after this time (default: 72 h after --send-at)')
    .action(async (flags: SendFlags, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const config = await readConfig(globals);
      const input = inputOf(flags);
      // Wrong usage is told also where no Redis is found.
      checkSend(input, contentBytesMaxDefault);
      const logger = processLogger(config, 'send');
      const redisUrl = await redisUrlOf(config);
      await using producer = createProducer(producerOptions(config, redisUrl, logger));
      const result = await producer.send(input);
      const { green, yellow, dim } = terminal.colors;
      for (const { recipient, sendId, duplicate, suppressed } of result.sends) {
        const done = duplicate ? dim('already enqueued') : green('enqueued');
        const what = suppressed === undefined ? done : yellow('suppressed');
        terminal.line(`${what}  ${recipient}  ${dim(sendId)}`);
        if (suppressed !== undefined) terminal.line(`  ${suppressedText(suppressed)}`);
      }
      terminal.json(result);
    });
}

function suppressedText({ of, reason, since, until }: SuppressedRecipient): string {
  const whom = { address: 'it', pair: 'it, for mail of this sender,', domain: 'its domain' }[of];
  const ends = until === undefined ? '' : `, until ${timeText(until)}`;
  return `nothing is sent: ${whom} is suppressed since ${timeText(since)}${ends}: ${printable(reason)}`;
}

function inputOf(flags: SendFlags): SendInput {
  const { kind, tenant, key, sendAt, expiresAt } = flags;
  const text = flags.textFile === undefined ? flags.text : readText('--text-file', flags.textFile);
  const html = flags.htmlFile === undefined ? flags.html : readText('--html-file', flags.htmlFile);
  return {
    ...mailboxesOf(flags),
    subject: flags.subject,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    ...variablesOf('send', flags),
    attachments: (flags.attach ?? []).map(attachmentOf),
    headers: Object.fromEntries((flags.header ?? []).map(headerOf)),
    // Checked by send(), which names what is wrong with it.
    ...(kind === undefined ? {} : { kind: kind as SendKind }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function attachmentOf(file: string): AttachmentInput {
  return {
    filename: basename(file),
    content: readOptionFile('send', '--attach', file),
    ...typeOf(file),
  };
}

/** The types that mail programs show by themselves; anything else is a plain file. */
const typesByEnding: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  zip: 'application/zip',
};

function typeOf(file: string): { contentType?: string } {
  const contentType = typesByEnding[file.split('.').at(-1)?.toLowerCase() ?? ''];
  return contentType === undefined ? {} : { contentType };
}

function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function readText(flag: string, file: string): string {
  return readOptionFile('send', flag, file).toString('utf8');
}
