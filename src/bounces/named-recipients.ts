import { findAddresses, firstAddress, type FoundAddress, sameAddressKey } from './addresses.ts';
import type { HeaderFields } from './mime/header-fields.ts';
import type { Notice } from './notice.ts';

/*
 * Whom a notice names as the recipient that was not reached, read as a person would: an address at the
 * beginning of a line, or behind a word that introduces one. No layout is presumed, so notices of unknown
 * servers are read as well.
 */

/**
 * The recipients that a notice names, each once, in order; empty where it names none.
 *
 * @param text what it says to people
 */
export function recipientsIn(notice: Notice, text: string): string[] {
  const returnedTo = returnedRecipients(notice.returned);
  const wanted = new Set(returnedTo.map(sameAddressKey));
  const others = new Set(
    othersOf(notice)
      .map(sameAddressKey)
      .filter((key) => !wanted.has(key)),
  );
  const leading: string[] = [];
  const named: string[] = [];
  const rest: string[] = [];
  const ourselves: string[] = [];
  for (const found of findAddresses(text)) {
    const key = sameAddressKey(found.address);
    if (returnPaths.test(key) && !wanted.has(key)) continue;
    const place = placeOf(text, found);
    if (others.has(key)) {
      if (place === 'leads') ourselves.push(found.address);
      continue;
    }
    if (place !== 'leads' && helpers.test(key) && !wanted.has(key)) continue;
    if (place === 'leads') leading.push(found.address);
    else if (place === 'named' || (place === 'mentioned' && wanted.has(key)))
      named.push(found.address);
    else if (place === 'mentioned') rest.push(found.address);
  }
  const failed = unique(addressesIn(notice.fields.get('x-failed-recipients')));
  // An alias failed behind the address that the mail was for.
  const hidden = failed.length === 1 && !text.includes(failed[0] ?? '');
  if (hidden && leading.length === 0 && unique(returnedTo).length === 1) return unique(returnedTo);
  // Trusted unless the text names others instead.
  if (
    failed.length > 0 &&
    (leading.length === 0 || leading.some((each) => failed.includes(each)))
  ) {
    return failed;
  }
  if (leading.length > 0) return unique(leading);
  const local = localRecipients(text, notice.from);
  if (local.length > 0) return local;
  if (named.length > 0) return unique(named);
  if (returnedTo.length > 0) return unique(returnedTo);
  // One address alone is the one that is spoken of; several are examples and people to ask.
  const mentioned = unique(rest);
  return mentioned.length === 1 ? mentioned : unique(ourselves);
}

/** Whom the returned mail was to. The To of a mailing list is the list, not the subscriber. */
function returnedRecipients(returned: HeaderFields): string[] {
  const list = sameAddressKey((returned.get('list-post') ?? []).join(' '));
  for (const name of ['to', 'x-original-to', 'delivered-to', 'cc']) {
    const addresses = addressesIn(returned.get(name));
    if (addresses.length === 0) continue;
    return addresses.filter((address) => !list.includes(sameAddressKey(address)));
  }
  return [];
}

// Whom a notice tells its reader to ask.
const helpers =
  /^(?:post-?master|mailer-?daemon|abuse|support|help(?:desk)?|hostmaster|noc|admin(?:istrator)?|root|no-?reply)@/;
const returnPaths = /^bounces?[+-].{0,200}@/;
const somebodyElse =
  /(?:\bfrom|\bsender|\bcontact(?:ing)?|\be-?mail(?: to)? us|\bforward(?:ed)? (?:it|this|a copy)? ?to|\bwrite to|\bquestions? to|\bmessage-?id|\bmts-id.{0,30}|\bid|\breply-to|\bvon|\bby|\bmailto)[^\p{L}\p{N}@]{0,6}$/iu;
/** "e.g., if jane@acme.example fails": an address that nobody wrote to. */
const asExample = /\b(?:e\.g\.|for (?:example|instance)),?(?: if)?\s{0,4}$/i;
const introduced =
  /(?:\bto|\brecipients?(?: address(?:es)?)?|\busers?(?: ?id)?|\bi?ds?|\baddress(?:es)?|\bmailbox|\bfor|\baccount|\ban|\bempf[äa]nger|\bdestinataires?|\bdestinatarios?|\bpara|\bà|получател\p{L}{1,4}|адрес\p{L}{0,4}|收件人|宛先|受信者|\baddressed|:)[^\p{L}\p{N}@]{0,12}$/iu;

/** How clearly the place names a recipient; undefined: it is somebody else. */
function placeOf(
  text: string,
  { start }: FoundAddress,
): 'leads' | 'named' | 'mentioned' | undefined {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(Math.max(lineStart, start - 80), start);
  if (/(?:generated|expanded|forwarded) from[^\p{L}]{0,4}$/iu.test(before)) return 'named';
  if (somebodyElse.test(before)) return undefined;
  if (asExample.test(text.slice(Math.max(0, start - 30), start))) return undefined;
  // An X.400 name: "c=us;a= ;p=there;dda:smtp=a@b".
  if (/smtp[=:]$/i.test(before)) return 'leads';
  // "554 5.1.1 <a@b>... User unknown" and "1) a@b" lead as well.
  const bare = before.replace(
    /^\s{0,20}(?:[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3} )?|\(?\d{1,3}[.)])/,
    '',
  );
  if (start - lineStart < 60 && !/[\p{L}\p{N}]/u.test(bare)) return 'leads';
  return introduced.test(before) ? 'named' : 'mentioned';
}

/** "… to the following recipients: ⏎ ⇥screenname", a reason behind it or not: local parts at the server that speaks. */
function localRecipients(text: string, from: string): string[] {
  const domain = firstAddress(from)?.split('@').at(-1)?.toLowerCase();
  if (domain === undefined) return [];
  const heading =
    /(?:(?:following|to)[^\n]{0,40}(?:recipients?|users?|address(?:es)?|deliver)[^:]{0,300}|not delivered to the following[^:\n]{0,40}):[ \t]{0,5}\n/i.exec(
      text.slice(0, 4_000),
    );
  if (heading === null) return [];
  const found: string[] = [];
  for (const line of text.slice(heading.index + heading[0].length).split('\n', 50)) {
    if (line.trim() === '' && found.length === 0) continue;
    const name = /^[ \t]{1,20}([a-z0-9][\w.+-]{0,63})(?:[ \t]{0,20}|[ \t]{2,20}\S.{0,200})$/i.exec(
      line,
    )?.[1];
    if (name === undefined) break;
    found.push(`${name}@${domain}`);
  }
  return unique(found);
}

/** Addresses that a bounce may name without meaning them. */
function othersOf({ fields, returned }: Notice): string[] {
  return [
    ...['from', 'to', 'return-path', 'delivered-to', 'reply-to', 'sender'].flatMap((name) =>
      addressesIn(fields.get(name)),
    ),
    ...['from', 'return-path', 'sender'].flatMap((name) => addressesIn(returned.get(name))),
  ];
}

function addressesIn(values: readonly string[] = []): string[] {
  return values.flatMap((value) => findAddresses(value, 50).map(({ address }) => address));
}

function unique(addresses: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const address of addresses) {
    const key = sameAddressKey(address);
    if (!byKey.has(key)) byKey.set(key, address);
  }
  return [...byKey.values()];
}
