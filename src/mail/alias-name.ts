import { domainOf, localPartOf, type EmailAddress, type Mailbox } from './address.ts';
import { remembered } from '../runtime/remembered.ts';
import { headerTextProblem } from './header-text.ts';
import { looksDeceptive } from './deceptive-name.ts';

/*
 * The display name of a sender's alias: "Jane Doe via Acme CRM". Nothing proves that the name she gave
 * is hers, and it stands before an address that receivers trust, so it must not look like somebody
 * else's address, domain or script:
 *
 * 1. the name as given, where nothing about it deceives (deceptive-name.ts);
 * 2. else "jane at acme.example", from the address itself, with spaces for the dots of the local part,
 *    lest "bank.com at evil.example" begins with a domain;
 * 3. else, where the local part deceives too, the domain alone.
 *
 * The whole has at most 64 graphemes; the sender's part gives way, never the provider's.
 */

const graphemesMax = 64;

/**
 * The display name of a sender's alias, always ending in ` via <provider name>`.
 *
 * @param user the sender; any name at all, it may be hostile
 * @param providerName what recipients know the provider by; it must not hold an `@`
 * @throws TypeError for a provider name that could not stand in a header or holds an `@`
 */
export function aliasName(user: Mailbox, providerName: string): string {
  if (
    headerTextProblem(providerName) !== undefined ||
    providerName.trim() === '' ||
    providerName.normalize('NFKC').includes('@')
  ) {
    throw new TypeError(
      `provider name ${JSON.stringify(providerName)} cannot stand in a From field`,
    );
  }
  const suffix = ` via ${providerName.trim()}`;
  const own = ownPart(JSON.stringify([user.name ?? '', user.address]));
  // A grapheme has at least one code unit, and counting them is slow.
  if (own.length + suffix.length <= graphemesMax) return own + suffix;
  // A provider name of its own full length still leaves the sender a few letters.
  const room = Math.max(graphemesMax - graphemesOf(suffix).length, 16);
  return `${shortened(own, room)}${suffix}`;
}

// To look for what deceives takes long, and a sender's name stands in each of her mails.
const ownPart = remembered(1_000, (user) => {
  const [name, address] = JSON.parse(user) as [string, EmailAddress];
  const domain = domainOf(address);
  const given = name.normalize('NFC').replace(/ +/g, ' ').trim();
  if (given !== '' && !looksDeceptive(given, domain)) return given;
  const local = localPartOf(address).replaceAll('.', ' ');
  const fromAddress = `${local} at ${domain}`;
  return looksDeceptive(fromAddress, domain) ? domain : fromAddress;
});

function shortened(text: string, most: number): string {
  // A grapheme has at least one code unit.
  if (text.length <= most) return text;
  const graphemes = graphemesOf(text);
  if (graphemes.length <= most) return text;
  return `${graphemes
    .slice(0, most - 1)
    .join('')
    .trimEnd()}…`;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function graphemesOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
