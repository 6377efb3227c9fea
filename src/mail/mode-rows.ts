import { alignedVariant, isAlignmentUnknown } from './alignment.ts';
import type { RecipientProvider } from './domain-facts.ts';
import type { MaskingMode } from './kinds.ts';
import type { ModeFacts } from './mode-facts.ts';

/*
 * The decision table: eleven rows, the first that holds names the mode. Never towards `on-behalf`
 * without knowing: freemail, a policy, silence of DNS and bulk all stand before row 10.
 *
 *    1  address not ASCII, and not sent directly    rewritten
 *    2  own mailbox connected, no bulk              direct
 *    3  DKIM and return path of her domain are ours aligned, b2 where the return path aligns
 *    4  DKIM of her domain is ours                  aligned, b1
 *    5  freemail                                    rewritten
 *    6  DMARC policy quarantine or reject           rewritten
 *    7  DNS does not answer                         wait for an hour, then rewritten
 *    8  bulk                                        rewritten
 *    9  large provider, tenant did not opt in       rewritten
 *   10  single, tenant opted in, under 500 a day    on-behalf
 *   11  everything else                             rewritten
 */

/** One row of the table. */
export interface ModeRow {
  readonly row: number;
  readonly mode: MaskingMode;
  holds(facts: ModeFacts): boolean;
  /** Why it holds, one sentence. */
  fact(facts: ModeFacts): string;
}

/** Mails a day and From domain that `on-behalf` stays below. */
const onBehalfPerDayMax = 500;

/** Row 11: it holds for everything that gets there. */
export const lastRow: ModeRow = {
  row: 11,
  mode: 'rewritten',
  holds: () => true,
  fact: (facts) => onBehalfObstacles(facts).join(' '),
};

/** The table, in its order. */
export const modeRows: readonly ModeRow[] = [
  {
    row: 1,
    mode: 'rewritten',
    // A bulk mail never goes through her mailbox, so there the address is in the way as well.
    holds: (facts) => facts.nonAsciiLocalPart && !goesDirect(facts),
    fact: () =>
      'The address has other than ASCII letters before the @, which many servers refuse; an ASCII alias stands in for it.',
  },
  {
    row: 2,
    mode: 'direct',
    holds: goesDirect,
    fact: () =>
      'The user has connected a mailbox of her own, and all but bulk mail goes through it.',
  },
  {
    row: 3,
    mode: 'aligned',
    holds: ({ from }) =>
      from.verification.kind === 'dkim+returnpath' && alignedVariant(from) !== undefined,
    fact: ({ from }) =>
      alignedVariant(from) === 'b2'
        ? `${from.domain} carries our DKIM key and a return path to us: DKIM and SPF both align.`
        : `${from.domain} carries our DKIM key: DKIM aligns. Its return path does not, because its DMARC record asks for the identical domain (aspf=s).`,
  },
  {
    row: 4,
    mode: 'aligned',
    holds: ({ from }) => from.verification.kind === 'dkim' && alignedVariant(from) !== undefined,
    fact: ({ from }) => `${from.domain} carries our DKIM key: DKIM aligns.`,
  },
  {
    row: 5,
    mode: 'rewritten',
    holds: ({ from }) => from.freemail,
    fact: ({ from }) =>
      `${from.domain} gives mailboxes to the public, and receivers refuse mail that only claims to come from it.`,
  },
  {
    row: 6,
    mode: 'rewritten',
    // While DNS has not said whether the domain is verified, row 3 or 4 may still be the first.
    holds: (facts) => policyOf(facts) !== 'none' && !isAlignmentUnknown(facts.from),
    fact: (facts) =>
      `${facts.from.domain} asks receivers to ${policyOf(facts)} mail that is not authenticated as its own (DMARC).`,
  },
  {
    row: 7,
    mode: 'rewritten',
    holds: (facts) =>
      facts.from.dmarc.kind === 'temperror' ||
      isAlignmentUnknown(facts.from) ||
      (isRecipientUnknown(facts) && onBehalfObstacles(facts).length === 0),
    fact: (facts) =>
      `DNS did not answer ${silentQuestion(facts)}; ${
        facts.dnsWaitOver === true
          ? 'after an hour the mode is taken that needs no answer.'
          : 'the message waits for an hour at most, and nothing is guessed.'
      }`,
  },
  {
    row: 8,
    mode: 'rewritten',
    holds: ({ kind }) => kind === 'bulk',
    fact: ({ from }) =>
      `Gmail, Yahoo and Microsoft want bulk mail authenticated as the domain in From, and ${from.domain} is not verified.`,
  },
  {
    row: 9,
    mode: 'rewritten',
    holds: (facts) => !facts.optedIn && largeProviders(facts).length > 0,
    fact: (facts) =>
      `The tenant did not opt in to on-behalf for ${facts.kind} mail, and a recipient is at ${listOf(largeProviders(facts))}.`,
  },
  {
    row: 10,
    mode: 'on-behalf',
    holds: (facts) => onBehalfObstacles(facts).length === 0 && !isRecipientUnknown(facts),
    fact: (facts) =>
      facts.from.dmarc.kind === 'published'
        ? `${facts.from.domain} has a DMARC record that asks for nothing (p=none), so the classic format passes.`
        : `${facts.from.domain} has no DMARC record, so the classic format passes.`,
  },
  lastRow,
];

/** Whether the mail can go through the user's own mailbox; nobody sends bulk through one. */
export function goesDirect({ kind, connected }: ModeFacts): boolean {
  return connected && kind !== 'bulk';
}

/** What DMARC asks receivers to do; `none` also where nothing is published or known. */
function policyOf({ from: { dmarc } }: ModeFacts): 'none' | 'quarantine' | 'reject' {
  return dmarc.kind === 'published' ? dmarc.policy : 'none';
}

/** Why row 10 does not hold apart from what DNS left open, a sentence each. */
export function onBehalfObstacles(facts: ModeFacts): readonly string[] {
  const { kind, optedIn, sentTodayCount = 0, from } = facts;
  const refusing = facts.forcedRewritten.filter((each) => facts.recipients.includes(each));
  return [
    ...(kind === 'single' ? [] : [`On-behalf is for single mail only, and this is ${kind} mail.`]),
    ...(optedIn ? [] : [`The tenant did not opt in to on-behalf for ${kind} mail.`]),
    ...(sentTodayCount < onBehalfPerDayMax
      ? []
      : [
          `${sentTodayCount} mails went out on behalf of ${from.domain} today; from ${onBehalfPerDayMax} a day receivers take it for bulk.`,
        ]),
    ...(refusing.length === 0
      ? []
      : [`${listOf(refusing)} refused on-behalf mail from ${from.domain} in the last 7 days.`]),
  ];
}

/** Whether DNS left open who runs a recipient's mailbox. */
export function isRecipientUnknown({ recipients }: ModeFacts): boolean {
  return recipients.includes('temperror');
}

function largeProviders({ recipients }: ModeFacts): readonly RecipientProvider[] {
  const known = recipients.filter((each) => each !== 'temperror' && each !== 'other');
  return [...new Set(known)] as readonly RecipientProvider[];
}

function silentQuestion({ from }: ModeFacts): string {
  const { dmarc, verification } = from;
  if (dmarc.kind === 'temperror') return `for the DMARC record of ${from.domain} (${dmarc.reason})`;
  if (verification.kind === 'temperror')
    return `whether ${from.domain} is verified (${verification.reason})`;
  return "who runs a recipient's mailbox";
}

const providerNames: Readonly<Record<RecipientProvider, string>> = {
  gmail: 'Gmail',
  microsoft: 'Microsoft',
  yahoo: 'Yahoo',
  apple: 'Apple',
  other: 'another provider',
};

function listOf(providers: readonly RecipientProvider[]): string {
  return providers.map((each) => providerNames[each]).join(', ');
}
