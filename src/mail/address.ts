import { domainToASCII } from 'node:url';
import { remembered } from '../runtime/remembered.ts';

/** A checked addr-spec (RFC 5322 §3.4.1): local part kept as given, domain in lower-case A-labels. */
export type EmailAddress = string & { readonly __brand: 'EmailAddress' };

/** A name and an address, e.g. of a From field. */
export interface Mailbox {
  /** Display name, decoded text; absent where there is none. */
  readonly name?: string;
  readonly address: EmailAddress;
}

/** What {@link readAddress} found: the address, or why it is none. */
export type AddressReading =
  | { readonly ok: true; readonly address: EmailAddress }
  | { readonly ok: false; readonly reason: string };

// RFC 5322 atext, and RFC 6531 §3.3 non-ASCII letters; no quoted local parts: they are where
// parsers disagree, and no mailbox provider hands them out.
const dotAtom = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const plainDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{1,63}$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads one addr-spec strictly: dot-atom local part of at most 64 octets, domain of letters, digits
 * and hyphens (internationalised names become A-labels), 254 octets in all (RFC 5321 §4.5.3.1).
 * Quoted local parts, comments, address literals and white space are refused.
 */
export function readAddress(text: string): AddressReading {
  return text.length <= addressMax ? known(text) : readAnew(text);
}

const addressMax = 254;

// Each address is read at several doors, those of senders and of our own again and again.
const known = remembered(1_000, readAnew);

function readAnew(text: string): AddressReading {
  const at = text.lastIndexOf('@');
  if (at <= 0) return { ok: false, reason: 'has no local part and domain around one @' };
  const local = text.slice(0, at);
  if (!dotAtom.test(local)) return { ok: false, reason: 'has a local part we do not accept' };
  if (Buffer.byteLength(local) > 64)
    return { ok: false, reason: 'has over 64 octets before the @' };
  const domain = readDomain(text.slice(at + 1));
  if (domain === undefined) return { ok: false, reason: 'has a domain that is no host name' };
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(address) > addressMax) return { ok: false, reason: 'has over 254 octets' };
  return { ok: true, address: address as EmailAddress };
}

/** A host name in lower-case A-labels with at least two labels, or undefined. */
export function readDomain(text: string): string | undefined {
  // Most names are what they have to be; others take a way that is ten times as long.
  if (text.length <= 253 && plainDomain.test(text) && !text.includes('--')) return text;
  const ascii = /^[\p{L}\p{N}\p{M}.-]+$/u.test(text) ? domainToASCII(text).toLowerCase() : '';
  const labels = ascii.split('.');
  if (labels.length < 2 || ascii.length > 253 || !labels.every((part) => label.test(part))) {
    return undefined;
  }
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii;
}

/** The domain of an address. */
export function domainOf(address: EmailAddress): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The local part of an address. */
export function localPartOf(address: EmailAddress): string {
  return address.slice(0, address.lastIndexOf('@'));
}

/** Whether an address is ASCII, so that a header field can hold it without SMTPUTF8 (RFC 6532). */
export function isAsciiAddress(address: EmailAddress): boolean {
  return /^[\x21-\x7e]+$/.test(address);
}

/**
 * The form under which an address is compared and stored as a key: all lower case. RFC 5321 lets
 * local parts differ by case; no mailbox provider uses that, and people type both.
 */
export function addressKey(address: EmailAddress): string {
  return address.toLowerCase();
}

/**
 * Splits `Jane Doe <jane@acme.example>` or a bare address into name and address text, without
 * checking either. Undefined where the angle brackets do not pair.
 */
export function splitMailbox(text: string): { name?: string; address: string } | undefined {
  const trimmed = text.trim();
  if (!trimmed.includes('<') && !trimmed.includes('>')) return { address: trimmed };
  const match = /^([^<>]*)<([^<>]*)>$/.exec(trimmed);
  if (match === null) return undefined;
  const rawName = (match[1] ?? '').trim();
  const quoted = /^"(.*)"$/s.exec(rawName);
  const name = quoted === null ? rawName : (quoted[1] ?? '').replace(/\\(.)/gs, '$1');
  const address = (match[2] ?? '').trim();
  return name === '' ? { address } : { name, address };
}
