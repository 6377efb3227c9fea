import type { DnsRecordToAdd } from '../domains/dns-records-to-add.ts';
import type { ProviderInDns } from '../domains/provider-in-dns.ts';
import type { DmarcFacts, FromDomainFacts, VerificationFacts } from '../mail/domain-facts.ts';
import { sendKinds, type MaskingMode, type SendKind } from '../mail/kinds.ts';
import type { Colors, Paint } from './colors.ts';

/** Everything `onbehalf domain check` tells. */
export interface DomainReport {
  readonly facts: FromDomainFacts;
  readonly provider: ProviderInDns;
  readonly modes: Readonly<
    Record<
      SendKind,
      {
        readonly mode: MaskingMode;
        /** Of `aligned`: `b1` DKIM aligns, `b2` the return path as well. */
        readonly variant?: 'b1' | 'b2';
        readonly row: number;
        readonly why: readonly { readonly row: number; readonly fact: string }[];
      }
    >
  >;
  readonly records: readonly DnsRecordToAdd[];
}

const widthMax = 96;
const labelWidth = 18;

/** The report as lines for a terminal. */
export function domainText(report: DomainReport, colors: Colors): readonly string[] {
  const { facts } = report;
  return [
    colors.bold(facts.domain),
    '',
    ...whatDnsSays(facts, colors),
    '',
    colors.bold('How mail of its users goes out'),
    ...modesText(report.modes, colors),
    '',
    ...recordsText(report, colors),
  ];
}

function whatDnsSays(facts: FromDomainFacts, colors: Colors): readonly string[] {
  const { domain, organisationalDomain, freemail, dmarc, verification } = facts;
  return [
    ...(organisationalDomain === domain
      ? []
      : labelled('belongs to', [organisationalDomain], colors.dim)),
    ...(freemail ? labelled('mailboxes', ['for the public'], colors.yellow) : []),
    ...labelled('DMARC', dmarcSentences(dmarc), dmarcPaint(dmarc, colors)),
    ...verificationText(verification, colors),
  ];
}

function dmarcSentences(dmarc: DmarcFacts): readonly string[] {
  switch (dmarc.kind) {
    case 'none-found':
      return ['no record'];
    case 'temperror':
      return [`not known: DNS did not answer (${dmarc.reason})`];
    case 'published': {
      const { policy, recordDomain, strictDkim, strictSpf } = dmarc;
      const asks =
        policy === 'none'
          ? 'none: asks receivers to do nothing'
          : `${policy}: asks receivers to ${policy} what is not authenticated`;
      const strict = [...(strictDkim ? ['adkim=s'] : []), ...(strictSpf ? ['aspf=s'] : [])];
      return [
        `${asks} (record of ${recordDomain})`,
        ...(strict.length === 0 ? [] : [`strict alignment: ${strict.join(', ')}`]),
      ];
    }
  }
}

function dmarcPaint(dmarc: DmarcFacts, { green, yellow }: Colors): Paint {
  return dmarc.kind === 'published' ? green : yellow;
}

function verificationText(verification: VerificationFacts, colors: Colors): readonly string[] {
  const { green, yellow } = colors;
  switch (verification.kind) {
    case 'temperror':
      return labelled(
        'verified',
        [`not known: DNS did not answer (${verification.reason})`],
        yellow,
      );
    case 'none':
      return labelled('verified', ['no', ...verification.missing], yellow);
    case 'dkim': {
      const { signingDomain, selector, missing } = verification;
      return [
        ...labelled('DKIM', [`our key ${selector}, mail is signed as ${signingDomain}`], green),
        ...labelled('return path', ['not ours', ...missing], yellow),
      ];
    }
    case 'dkim+returnpath': {
      const { signingDomain, selector, returnPathHost } = verification;
      return [
        ...labelled('DKIM', [`our key ${selector}, mail is signed as ${signingDomain}`], green),
        ...labelled('return path', [`${returnPathHost} leads to us`], green),
      ];
    }
  }
}

/** A label and what it says: the first line painted, the others below it. */
function labelled(label: string, sentences: readonly string[], paint: Paint): readonly string[] {
  const lines = sentences.flatMap((sentence) => wrapped(sentence, widthMax - labelWidth - 2));
  return lines.map((line, index) => {
    const before = index === 0 ? label : '';
    return `  ${before.padEnd(labelWidth)}${index === 0 ? paint(line) : line}`;
  });
}

/** The mode of each kind; kinds that go out alike, for the same reason, stand together. */
function modesText(
  modes: DomainReport['modes'],
  { dim, green, yellow }: Colors,
): readonly string[] {
  const groups = new Map<string, SendKind[]>();
  for (const kind of sendKinds) {
    const { mode, variant, row, why } = modes[kind];
    const text = JSON.stringify([mode, variant, row, why[0]?.fact]);
    groups.set(text, [...(groups.get(text) ?? []), kind]);
  }
  return [...groups.values()].flatMap((kinds) => {
    const { mode, variant, row, why } = modes[kinds[0] ?? 'single'];
    const paint = mode === 'aligned' || mode === 'direct' ? green : yellow;
    const name = paint(variant === undefined ? mode : `${mode} ${variant}`);
    const label = kinds.length === sendKinds.length ? 'every kind' : kinds.join(', ');
    const reason = wrapped(why[0]?.fact ?? '', widthMax - labelWidth - 2);
    return [
      `  ${label.padEnd(labelWidth)}${name} ${dim(`(row ${row})`)}`,
      ...reason.map((line) => `  ${' '.repeat(labelWidth)}${dim(line)}`),
    ];
  });
}

function recordsText(
  { facts, provider, records }: DomainReport,
  colors: Colors,
): readonly string[] {
  const { bold, dim, green, cyan } = colors;
  if (facts.freemail) {
    const text = `Nothing can be added: ${facts.domain} is not the user's own. She can connect her mailbox, or write from a domain of her own.`;
    return wrapped(text, widthMax);
  }
  if (records.length === 0) return [green('Nothing is missing in DNS.')];
  const blocks = records.map(({ name, type, value, why, instead }) => [
    ...wrapped(why, widthMax - 2).map((line) => `  ${dim(line)}`),
    `  ${cyan(name)}  ${type}  ${cyan(value)}`,
    ...(instead === undefined
      ? []
      : [
          `  ${dim('or, only where a CNAME cannot be used (it does not follow a change of our key):')}`,
          `  ${cyan(name)}  ${instead.type}  ${cyan(instead.value)}`,
        ]),
  ]);
  const isUnknown = facts.verification.kind === 'temperror';
  const isKeyKnown = provider.selectors[0]?.publicKey !== undefined;
  return [
    bold(isUnknown ? 'Records that must be there (what is there is not known)' : 'Records to add'),
    ...blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block])),
    ...(isKeyKnown
      ? []
      : ['', ...wrapped(keyNotKnown, widthMax - 2).map((line) => `  ${dim(line)}`)]),
  ];
}

const keyNotKnown =
  'There is no DKIM key of the provider here yet (`onbehalf up` or `onbehalf worker` makes one), so only the CNAME form is shown, and a CNAME to us counts as our key.';

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
