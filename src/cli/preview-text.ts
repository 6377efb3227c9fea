import { pad, usableColumns, wrap } from '../demo/layout.ts';
import type { ClientName, ClientView, Confidence } from '../headers/recipient-view/clients.ts';
import type { ExpectedResult } from '../headers/recipient-view/expected-results.ts';
import type { RequiringProvider } from '../headers/recipient-view/requirements.ts';
import type { MaskingMode } from '../mail/kinds.ts';
import type { Colors, Paint } from './colors.ts';
import type { Preview } from './preview-message.ts';
import { headerLines } from './preview-header.ts';

/*
 * A preview as a support person reads it to a customer: first what is seen, then why, then what
 * the servers say.
 */

const clientNames: Readonly<Record<ClientName, string>> = {
  gmail: 'Gmail',
  'outlook-desktop': 'Outlook desktop',
  'outlook-web': 'Outlook web',
  'apple-mail': 'Apple Mail',
  yahoo: 'Yahoo',
  thunderbird: 'Thunderbird',
};

const providerNames: Readonly<Record<RequiringProvider, string>> = {
  gmail: 'Gmail',
  yahoo: 'Yahoo',
  microsoft: 'Microsoft',
};

const modeSentences: Readonly<Record<MaskingMode, string>> = {
  'on-behalf': 'From shows the user’s own address, and the provider is named as who transmits.',
  aligned: 'From shows the user’s own address, and nothing points to the provider.',
  rewritten: 'From shows an address at the provider, and answers go to the user.',
  direct: 'It goes through the user’s own mailbox, and nothing points to the provider.',
};

const confidenceMarks: Readonly<Record<Confidence, string>> = {
  documented: '●',
  reported: '◐',
  unknown: '○',
};

const indent = '  ';
const nameWidth = 18;

/** The lines of a preview for a terminal of so many columns. */
export function previewLines(preview: Preview, colors: Colors, columns: number): string[] {
  const width = usableColumns(columns);
  const { bold } = colors;
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [seenTitle(preview), seenLines(preview, colors, width)],
    ['Why this mode', whyLines(preview, colors, width)],
    ['Behind the details arrow at Gmail', detailLines(preview, width)],
    ['What the receiving server finds', resultLines(preview, colors, width)],
    ['What large providers ask for', requirementLines(preview, colors, width)],
    ['The mail itself', headerLines(preview, colors)],
  ];
  return [
    ...summaryLines(preview, colors, width),
    ...sections.flatMap(([title, lines]) => ['', bold(title), ...lines]),
    '',
    'Nothing was sent.',
  ];
}

function summaryLines({ choice, waits }: Preview, colors: Colors, width: number): string[] {
  const { mode, variant, row } = choice;
  const name = variant === undefined ? mode : `${mode} ${variant}`;
  const paint = mode === 'aligned' || mode === 'direct' ? colors.green : colors.yellow;
  const wait =
    'DNS does not answer. The mail would wait for up to an hour; this is how it goes after that.';
  return [
    ...(waits ? [...wrap(wait, width).map(colors.red), ''] : []),
    `Mode ${paint(colors.bold(name))} ${colors.dim(`(row ${row} of the decision table)`)}`,
    ...wrap(modeSentences[mode], width),
  ];
}

function seenTitle({ envelope: { rcptTo } }: Preview): string {
  return rcptTo.length === 1 ? `What ${rcptTo[0] ?? ''} sees` : 'What the recipients see';
}

function seenLines({ view }: Preview, colors: Colors, width: number): string[] {
  const answers = view.clients[0]?.answersGoTo ?? '';
  return [
    ...view.clients.flatMap((client) => clientLines(client, colors, width)),
    ...named('An answer goes to', answers, colors.cyan, width),
    '',
    `${indent}${colors.dim('● documented by its maker   ◐ reported by others   ○ no document found')}`,
  ];
}

function clientLines(view: ClientView, colors: Colors, width: number): string[] {
  const isMarked = view.via !== null || view.onBehalfOf !== null;
  const name = `${pad(clientNames[view.client], nameWidth - 3)} ${confidenceMarks[view.confidence]}`;
  return named(name, view.line, isMarked ? colors.yellow : plain, width);
}

function whyLines(
  { choice, from: { domain, freemail: isFreemail } }: Preview,
  colors: Colors,
  width: number,
): string[] {
  const { mode, why } = choice;
  const canBeBetter = (mode === 'on-behalf' || mode === 'rewritten') && !isFreemail;
  const advice = [
    'The records that would let it go out as the user’s own:',
    `onbehalf domain check ${domain}`,
  ];
  return [
    ...why.flatMap(({ row, fact }, index) =>
      named(`row ${row}`, fact, index === 0 ? plain : colors.dim, width, 8),
    ),
    ...(canBeBetter ? advice.flatMap((line) => named('', line, colors.dim, width, 8)) : []),
  ];
}

function detailLines({ view }: Preview, width: number): string[] {
  const details = view.clients[0]?.details ?? [];
  return details.flatMap(({ label, value }) => named(label, value, plain, width));
}

function resultLines(preview: Preview, colors: Colors, width: number): string[] {
  const { spf, dkim, dmarc, mailFromDomain, signedBy, isDirect } = preview.view.expected;
  const result = (name: string, found: ExpectedResult, fact: string): string[] =>
    named(name, `${found}  ${fact}`, paintOf(found, colors), width, 8);
  const trust = 'The user’s own provider signs and sends; that it does so properly is assumed.';
  return [
    ...result('SPF', spf, mailFromDomain),
    ...result('DKIM', dkim, signedBy.join(', ')),
    ...result('DMARC', dmarc, dmarcSentence(preview)),
    ...(isDirect ? named('', trust, colors.dim, width, 8) : []),
  ];
}

function dmarcSentence({ view, from }: Preview): string {
  const { dmarc, aligns, policy } = view.expected;
  const ways = [...(aligns.spf ? ['SPF'] : []), ...(aligns.dkim ? ['DKIM'] : [])];
  if (dmarc === 'none') return `${from.domain} has no record`;
  if (ways.length > 0)
    return `${ways.join(' and ')} agree${ways.length === 1 ? 's' : ''} with From`;
  const asks = policy === 'none' ? ', but its record asks for nothing (p=none)' : '';
  return `neither is of ${from.domain}${asks}`;
}

function paintOf(found: ExpectedResult, { green, red, yellow }: Colors): Paint {
  if (found === 'pass') return green;
  return found === 'fail' ? red : yellow;
}

/** Per provider how many rules are met, and those that are not. */
function requirementLines({ view }: Preview, colors: Colors, width: number): string[] {
  const { green, red, dim } = colors;
  return (['gmail', 'yahoo', 'microsoft'] as const).flatMap((provider) => {
    const asked = view.requirements.filter((each) => each.provider === provider);
    const broken = asked.filter(({ ok }) => !ok);
    const name = pad(providerNames[provider], nameWidth);
    const met = `${asked.length - broken.length} of ${asked.length} rules are met`;
    return [
      `${indent}${name}${broken.length === 0 ? green(`✔ ${met}`) : met}`,
      ...broken.flatMap(({ rule, detail }) => [
        ...named('', `✘ ${rule}`, red, width),
        ...named('', `  ${detail}`, dim, width),
      ]),
    ];
  });
}

const plain: Paint = (text) => text;

/** A name in its column and a text beside it, wrapped into the room there is. */
function named(
  name: string,
  text: string,
  paint: Paint,
  width: number,
  column: number = nameWidth,
): string[] {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const room = width - indent.length - column - lead.length;
  return wrap(text.trimStart(), room).map(
    (line, index) => `${indent}${pad(index === 0 ? name : '', column)}${lead}${paint(line)}`,
  );
}
