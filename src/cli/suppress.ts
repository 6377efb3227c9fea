import type { Command } from 'commander';
import type {
  AddedSuppression,
  SuppressionAuditLine,
  SuppressionFilter,
  SuppressionRecord,
  SuppressionTarget,
} from '../history/index.ts';
import { domainOf, readAddress } from '../mail/address.ts';
import { validationError } from '../runtime/errors.ts';
import type { Colors } from './colors.ts';
import { readConfig } from './context.ts';
import { addSuppressFileVerbs } from './suppress-file.ts';
import { openSuppressionList, whoRuns } from './suppression-access.ts';
import { printable, timeText } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf suppress list|add|remove|import|export`. */
export function addSuppressVerb(program: Command): void {
  const suppress = program
    .command('suppress')
    .description('Who gets no more mail: addresses, addresses for one sender, domains.');

  addVerb(
    suppress,
    'list [address]',
    'List who is suppressed and why; of an address, all that holds for it.',
    'onbehalf suppress list bob@client.example --audit',
  )
    .option('--tenant <tenant>', 'only this customer organisation')
    .option('--scope <scope>', 'only address, pair or domain')
    .option('--sender <address>', 'only pairs with this sender')
    .option('--domain <domain>', 'only this domain')
    .option('--reason <reason>', 'only for this reason')
    .option('--past', 'those too that are over')
    .option('--audit', 'with what was done to each, when and by whom')
    .action(async (address: string | undefined, options: ListOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const { audit = false, ...filter } = options;
      await using access = await openSuppressionList(await readConfig(globals), 'read');
      let count = 0;
      for (const each of filtersOf(address, filter)) {
        for await (const page of access.list.list(each)) {
          count += page.length;
          const lines = audit ? access.list.auditOf(page.map(({ id }) => id)) : undefined;
          for (const record of page) {
            const done = lines?.get(record.id);
            for (const line of recordText(record, done, terminal.colors)) terminal.line(line);
            terminal.json({ ...record, ...(done === undefined ? {} : { audit: done }) });
          }
        }
      }
      if (count === 0) terminal.line('Nobody is suppressed.');
    });

  addTargets(
    addVerb(
      suppress,
      'add [addresses...]',
      'Send no more mail to addresses or domains.',
      'onbehalf suppress add bob@client.example --days 30 --note "asked on the phone"',
    ),
  )
    .option('--reason <reason>', 'manual, unsubscribed, complaint or a bounce class', 'manual')
    .option('--days <count>', 'for so many days (default: until removed)')
    .option('--note <text>', 'why, in words')
    .action(async (addresses: string[], options: AddOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const targets = targetsOf('suppress add', addresses, options);
      const { reason, days, note, by } = options;
      const more = {
        reason,
        ...(days === undefined ? {} : { days: Number(days) }),
        ...(note === undefined ? {} : { note }),
      };
      await using access = await openSuppressionList(await readConfig(globals), 'change');
      const requests = targets.map((target) => ({ ...target, ...more }));
      const done = await access.list.add(requests, { by: whoRuns(by) });
      const mirrored = await access.tellWorkers(terminal);
      for (const [index, target] of targets.entries()) {
        const result = done[index] ?? 'kept';
        terminal.line(`${targetText(target)}  ${addedText(result)}`);
        terminal.json({ ...target, result, mirrored });
      }
    });

  addTargets(
    addVerb(
      suppress,
      'remove [addresses...]',
      'Let mail go to addresses or domains again.',
      'onbehalf suppress remove bob@client.example --note "has a new mailbox"',
    ),
  )
    .option('--note <text>', 'why, in words')
    .action(async (addresses: string[], options: TargetOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const targets = targetsOf('suppress remove', addresses, options);
      const { by, note: why } = options;
      await using access = await openSuppressionList(await readConfig(globals), 'change');
      const who = { by: whoRuns(by), ...(why === undefined ? {} : { why }) };
      const done = await access.list.remove(targets, who);
      const mirrored = await access.tellWorkers(terminal);
      for (const [index, target] of targets.entries()) {
        const removed = done[index] === true;
        terminal.line(`${targetText(target)}  ${removed ? 'removed' : 'was not suppressed'}`);
        terminal.json({ ...target, removed, mirrored });
        if (!removed) process.exitCode = 1;
      }
    });

  addSuppressFileVerbs(suppress);
}

interface ListOptions extends Omit<SuppressionFilter, 'address'> {
  readonly audit?: boolean;
}

interface TargetOptions {
  readonly tenant: string;
  readonly sender?: string;
  readonly domain?: readonly string[];
  readonly note?: string;
  readonly by?: string;
}

interface AddOptions extends TargetOptions {
  readonly reason: string;
  readonly days?: string;
}

function addTargets(verb: Command): Command {
  return verb
    .option('--tenant <tenant>', 'customer organisation', 'default')
    .option('--sender <address>', 'for mail of this sender only')
    .option('--domain <domain>', 'everybody at this domain; several', collect)
    .option('--by <name>', 'who does it, for the audit (default: the user of the system)');
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function targetsOf(
  verb: string,
  addresses: readonly string[],
  { tenant, sender, domain: domains = [] }: TargetOptions,
): readonly SuppressionTarget[] {
  if (addresses.length + domains.length === 0) {
    const message = 'needed: one or more, or --domain';
    throw validationError('INVALID_INPUT', verb, [{ field: 'addresses', message }]);
  }
  const pair = sender === undefined ? {} : { sender };
  return [
    ...addresses.map((address) => ({ tenant, address, ...pair })),
    ...domains.map((domain) => ({ tenant, domain })),
  ];
}

/** What holds for an address is also what holds for its domain. */
function filtersOf(
  address: string | undefined,
  filter: Omit<SuppressionFilter, 'address'>,
): readonly SuppressionFilter[] {
  if (address === undefined) return [filter];
  const reading = readAddress(address);
  const isWide = filter.scope === undefined && filter.sender === undefined;
  if (!reading.ok || !isWide || filter.domain !== undefined) return [{ ...filter, address }];
  const domain = domainOf(reading.address);
  return [
    { ...filter, address },
    { ...filter, domain, scope: 'domain' },
  ];
}

function targetText({ address, sender, domain }: SuppressionTarget): string {
  if (domain !== undefined) return `everybody at ${printable(domain)}`;
  const to = printable(address ?? '');
  return sender === undefined ? to : `${to} for mail of ${printable(sender)}`;
}

function addedText(result: AddedSuppression): string {
  switch (result) {
    case 'added':
      return 'suppressed';
    case 'raised':
      return 'was suppressed already, and now for longer or for a weightier reason';
    case 'kept':
      return 'was suppressed already, for as long';
  }
}

function recordText(
  record: SuppressionRecord,
  audit: readonly SuppressionAuditLine[] | undefined,
  { dim }: Colors,
): readonly string[] {
  const { tenant, reason, source, evidence, since, expiresAt, endedAt } = record;
  const end = expiresAt === undefined ? '' : ` until ${timeText(expiresAt)}`;
  const time = endedAt === undefined ? end : `, over since ${timeText(endedAt)}`;
  return [
    `${targetText(record)}  ${printable(reason)}${time}`,
    dim(`  ${printable(tenant)}, since ${timeText(since)}, ${printable(source)}`),
    ...(evidence === undefined ? [] : [dim(`  ${printable(evidence)}`)]),
    ...(audit ?? []).map(({ action, by, at, why }) => {
      const words = why === undefined ? '' : `: ${printable(why)}`;
      return dim(`  ${timeText(at)}  ${action} by ${printable(by)}${words}`);
    }),
  ];
}
