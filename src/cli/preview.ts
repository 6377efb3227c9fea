import type { Command } from 'commander';
import { createDomainFacts } from '../domains/domain-facts.ts';
import type { MaskingMode, SendKind } from '../mail/kinds.ts';
import { checkSend, contentBytesMaxDefault } from '../producer/check-send.ts';
import type { SendInput } from '../producer/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { validationError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { dnsResolverOf } from './dns-context.ts';
import { previewIdentity } from './preview-keys.ts';
import { previewMessage, type Preview } from './preview-message.ts';
import { previewLines } from './preview-text.ts';
import type { EmlContent } from './read-eml.ts';
import { addMailboxOptions, mailboxesOf, type MailboxFlags } from './mailbox-options.ts';
import { addVariablesOptions, variablesOf, type VariablesFlags } from './variables-options.ts';
import { addVerb, verbCall } from './verb.ts';

interface PreviewFlags extends MailboxFlags, VariablesFlags {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly eml?: string;
  readonly kind?: string;
  readonly mode?: string;
  readonly tenant?: string;
  readonly zone?: string;
  readonly connected?: boolean;
  readonly optIn?: boolean;
}

/** Adds `onbehalf preview`. */
export function addPreviewVerb(program: Command): void {
  const verb = addVerb(
    program,
    'preview',
    'Show how a mail would be masked and what its recipient would see. Sends nothing.',
    `onbehalf preview --from 'Jane Doe <jane@acme.example>' --to bob@dest.example --subject Hello --text 'Hi Bob'`,
  );
  addMailboxOptions(verb)
    .option('--subject <text>', 'subject (default: that of --eml)')
    .option('--text <text>', 'plain text body')
    .option('--html <html>', 'HTML body');
  addVariablesOptions(verb)
    .option(
      '--eml <file>',
      'subject, bodies and attachments from a mail file, - for standard input',
    )
    .option('--kind <kind>', 'single, sequence or bulk (default: single)')
    .option('--mode <mode>', 'ask for on-behalf, aligned, rewritten or direct')
    .option('--tenant <tenant>', 'customer organisation (default: default)')
    .option('--zone <file>', 'a JSON zone file instead of DNS (docs/domains.md)')
    .option('--connected', 'the user has connected a mailbox of her own')
    .option('--opt-in', 'the tenant accepts on-behalf (default: kinds in worker.onBehalfKinds)')
    .option('--no-opt-in', 'the tenant does not accept on-behalf (default for other kinds)')
    .action(async (flags: PreviewFlags, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const send = checkSend(await inputOf(flags), contentBytesMaxDefault);
      const config = await readConfig(globals);
      const { identity, isThrowAway } = await previewIdentity(config);
      const resolver = dnsResolverOf(config, flags.zone);
      const preview = await previewMessage({
        send,
        identity,
        domains: createDomainFacts({ resolver, clock: systemClock, provider: identity.inDns }),
        connected: flags.connected === true,
        optedIn: flags.optIn ?? config.worker.onBehalfKinds.includes(send.kind),
        now: systemClock.now(),
      });
      const columns = process.stdout.columns ?? 80;
      for (const line of previewLines(preview, terminal.colors, columns)) terminal.line(line);
      if (isThrowAway) {
        terminal.note(
          'Signed with a key made for this preview: there is none of this installation.',
        );
      }
      terminal.json(jsonOf(preview));
    });
}

async function inputOf(flags: PreviewFlags): Promise<SendInput> {
  const { text, html, kind, mode, tenant, eml } = flags;
  if (eml !== undefined && (text !== undefined || html !== undefined)) {
    throw validationError('INVALID_INPUT', 'preview', [
      { field: '--eml', message: 'has bodies of its own: leave out --text and --html' },
    ]);
  }
  const read = eml === undefined ? undefined : await contentOfEml(eml);
  const subject = flags.subject ?? read?.subject;
  if (subject === undefined) {
    throw validationError('INVALID_INPUT', 'preview', [
      { field: '--subject', message: 'is missing' },
    ]);
  }
  return {
    ...read,
    ...mailboxesOf(flags),
    subject,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    ...variablesOf('preview', flags),
    // Checked with everything else, which names what is wrong with them.
    ...(kind === undefined ? {} : { kind: kind as SendKind }),
    ...(mode === undefined ? {} : { mode: mode as MaskingMode }),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** The mail parser is loaded for this option only: other calls need not wait for it. */
async function contentOfEml(file: string): Promise<EmlContent> {
  const { readEml } = await import('./read-eml.ts');
  return readEml(file);
}

/** The line of `--json`; its keys and their order are a promise (docs/previewing.md). */
function jsonOf({ choice, envelope, message, view }: Preview): unknown {
  const { spf, dkim, dmarc } = view.expected;
  return {
    mode: choice.mode,
    why: choice.why.map(({ row, fact }) => ({ row, fact })),
    envelope: { mailFrom: envelope.mailFrom, rcptTo: envelope.rcptTo },
    // The header block is ASCII and bodies are encoded: a character is a byte.
    message: message.toString('latin1'),
    expected: { spf, dkim, dmarc },
    views: view.clients.map(({ client, shows, via, onBehalfOf, confidence }) => ({
      client,
      shows,
      via,
      onBehalfOf,
      confidence,
    })),
    requirements: view.requirements.map(({ provider, rule, ok }) => ({ provider, rule, ok })),
  };
}
