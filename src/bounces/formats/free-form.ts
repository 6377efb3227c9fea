import type { BounceAction } from '../../mail/bounce-class.ts';
import { findAddresses, type FoundAddress, sameAddressKey } from '../addresses.ts';
import { decidingReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import type { HeaderFields } from '../mime/header-fields.ts';
import { saysDelayed, saysFailed } from '../notice-words.ts';
import { passagesAbout } from '../passages.ts';

/*
 * Notices of servers that write no DSN, read as a person would: who is named where a recipient would be
 * named, and what is said from there on. No layout is presumed, so unknown servers are read as well.
 */

/** What the reader of free-form notices needs to know of the mail. */
export interface FreeFormNotice {
  readonly text: string;
  readonly subject: string;
  /** X-Failed-Recipients. */
  readonly failedRecipients: readonly string[];
  readonly returned: HeaderFields;
  /** Addresses that are not the failed one: the notice's sender and receiver, the returned mail's sender. */
  readonly others: readonly string[];
}

/** What a free-form notice says of each recipient; empty where it says nothing of a delivery. */
export function findingsOfText(notice: FreeFormNotice): Finding[] {
  const { text } = notice;
  const action: BounceAction =
    saysDelayed(`${notice.subject}\n${text}`) && !saysFailed(notice.subject) ? 'delayed' : 'failed';
  const recipients = recipientsOf(notice);
  if (recipients.length === 0) return [findingAbout(undefined, text, action)];
  return recipients.map((recipient) => findingAbout(recipient, text, action));
}

function findingAbout(recipient: string | undefined, text: string, action: BounceAction): Finding {
  const passages = passagesAbout(text, [recipient]);
  const passage = passages.length > 1 ? passages.slice(0, -1).join('\n') : (passages[0] ?? '');
  const reply = decidingReply(passage) ?? decidingReply(text);
  return {
    ...(recipient === undefined ? {} : { recipient }),
    action,
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(reply?.enhancedCode === undefined ? {} : { enhancedCode: reply.enhancedCode }),
    texts: [reply?.text ?? '', ...passages].filter((each) => each !== ''),
  };
}

function recipientsOf(notice: FreeFormNotice): string[] {
  if (notice.failedRecipients.length > 0) return unique(notice.failedRecipients);
  const returnedTo = ['to', 'cc', 'delivered-to', 'x-original-to']
    .flatMap((name) => notice.returned.get(name) ?? [])
    .flatMap((value) => findAddresses(value).map(({ address }) => address));
  const wanted = new Set(returnedTo.map(sameAddressKey));
  const others = new Set(notice.others.map(sameAddressKey).filter((key) => !wanted.has(key)));
  const tiers: string[][] = [[], [], []];
  for (const found of findAddresses(notice.text)) {
    const key = sameAddressKey(found.address);
    if (others.has(key) || (helpers.test(key) && !wanted.has(key))) continue;
    const tier = tierOf(notice.text, found);
    if (tier !== undefined) tiers[wanted.has(key) && tier > 1 ? 1 : tier]?.push(found.address);
  }
  const [lines = [], named = [], rest = []] = tiers;
  if (lines.length > 0) return unique(lines);
  if (named.length > 0) return unique(named);
  return unique(returnedTo.length > 0 ? returnedTo : rest);
}

// Whom a notice tells its reader to ask.
const helpers =
  /^(?:post-?master|mailer-?daemon|abuse|support|help(?:desk)?|hostmaster|noc|admin|root|bounces?[+-].*)@/;
const notRecipient =
  /(?:\bfrom|\bsender|\bcontact(?:ing)?|\be-?mail(?: to)? us|\bforward(?:ed)? (?:it|this|a copy)? ?to|\bwrite to|\bquestions? to|\bmessage-?id|\bid|\breply-to|\bvon|\bby)[^\w@]{0,6}$/i;
const recipientBefore =
  /(?:\bto|\brecipients?(?: address(?:es)?)?|\busers?|\baddress(?:es)?|\bmailbox|\bfor|\baccount|\ban|\bempf[äa]nger|\bdestinataires?|\bdestinatarios?|\bpara|получател\p{L}{1,4})[^\p{L}\p{N}@]{0,12}$/iu;

/** How clearly the place names a recipient: 0 a line of its own, 1 by a word before it, 2 not; undefined: it is somebody else. */
function tierOf(text: string, found: FoundAddress): number | undefined {
  const lineStart = text.lastIndexOf('\n', found.start - 1) + 1;
  const before = text.slice(Math.max(lineStart, found.start - 80), found.start);
  if (notRecipient.test(before)) return undefined;
  if (found.start - lineStart < 40 && !/[\p{L}\p{N}]/u.test(before)) return 0;
  return recipientBefore.test(before) ? 1 : 2;
}

function unique(addresses: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const address of addresses) {
    const key = sameAddressKey(address);
    if (!byKey.has(key)) byKey.set(key, address);
  }
  return [...byKey.values()];
}
