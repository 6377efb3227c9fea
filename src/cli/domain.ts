import type { Command } from 'commander';
import { dnsRecordsToAdd } from '../domains/dns-records-to-add.ts';
import { factsFor, inspectDomain } from '../domains/domain-facts.ts';
import { readDomain } from '../mail/address.ts';
import { chooseMode, type ModeChoice } from '../mail/choose-mode.ts';
import { recipientProviders, type FromDomainFacts } from '../mail/domain-facts.ts';
import { sendKinds, type MaskingMode, type SendKind } from '../mail/kinds.ts';
import { validationError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { dnsResolverOf, providerInDns } from './dns-context.ts';
import { domainText, type DomainReport } from './domain-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf domain check`. */
export function addDomainVerb(program: Command): void {
  const domain = program
    .command('domain')
    .description('Domains in From: what DNS says of them, and what to add.');
  addVerb(
    domain,
    'check <domain>',
    'Show what DNS says of a domain, which mode follows, and the exact records to add.',
    'onbehalf domain check acme.example --tenant acme',
  )
    .option('--zone <file>', 'a JSON zone file instead of DNS (docs/domains.md)')
    .option('--tenant <tenant>', 'customer organisation that wants to use the domain')
    .action(async (text: string, options: CheckOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const report = await checkDomain(text, options, globals);
      for (const line of domainText(report, terminal.colors)) terminal.line(line);
      const { domain: name, organisationalDomain, freemail, dmarc, verification } = report.facts;
      const { modes, records } = report;
      const facts = { domain: name, organisationalDomain, freemail, dmarc, verification };
      terminal.json({ ...facts, modes, records });
    });
}

interface CheckOptions {
  readonly zone?: string;
  readonly tenant?: string;
}

async function checkDomain(
  text: string,
  options: CheckOptions,
  globals: Parameters<typeof readConfig>[0],
): Promise<DomainReport> {
  const domain = readDomain(text.replace(/\.$/, ''));
  const problems = [
    ...(domain === undefined
      ? [{ field: 'domain', message: 'must be a host name like acme.example' }]
      : []),
    ...(options.tenant === '' ? [{ field: '--tenant', message: 'is empty' }] : []),
  ];
  if (domain === undefined || problems.length > 0) {
    throw validationError('INVALID_INPUT', 'domain check', problems);
  }
  const config = await readConfig(globals);
  const provider = providerInDns(config);
  const record = await inspectDomain(dnsResolverOf(config, options.zone), domain, provider);
  const facts = factsFor(record, options.tenant ?? 'default');
  // A domain that is kept for somebody asks for a tenant even where none was named.
  const tenant = options.tenant ?? (record.binding === undefined ? undefined : 'default');
  return {
    facts,
    provider,
    modes: modesOf(facts),
    records: dnsRecordsToAdd(record, provider, tenant),
  };
}

/** The mode of each kind for a user of the domain without a mailbox of her own, to anybody. */
function modesOf(from: FromDomainFacts): DomainReport['modes'] {
  const modeOf = (kind: SendKind): readonly [SendKind, ModeReport] => {
    const choice = chooseMode({
      kind,
      from,
      nonAsciiLocalPart: false,
      connected: false,
      optedIn: kind === 'single',
      recipients: recipientProviders,
      forcedRewritten: [],
    });
    return [kind, reportOf(choice)];
  };
  return Object.fromEntries(sendKinds.map(modeOf)) as DomainReport['modes'];
}

type ModeReport = DomainReport['modes'][SendKind];

function reportOf(choice: ModeChoice): ModeReport {
  const { row, why } = choice;
  switch (choice.kind) {
    case 'chosen': {
      const { mode, variant } = choice;
      return { mode, ...(variant === undefined ? {} : { variant }), row, why };
    }
    case 'wait':
      // What it becomes after the hour of waiting.
      return { mode: 'rewritten' satisfies MaskingMode, row, why };
    case 'refused':
      return { mode: choice.better, row, why };
  }
}
