/**
 * Whose dropbox was this mail sent to?
 *
 * A BCC recipient stands nowhere in the mail as its sender wrote it; only what our own receiving
 * server adds on top tells the address. So:
 *
 * 1. What our server wrote is the top of the header down to and including the first Received
 *    field. Everything below came with the mail and may be forged, so it never counts. Without
 *    any Received field nothing was written by a server, and the whole header is the sender's.
 * 2. Where the hosts of our own servers are known, that first Received field must be `by` one of
 *    them; else nothing on top is trusted either.
 * 3. Within it, in order of trust: X-Original-To, Delivered-To (may repeat), Envelope-To and
 *    X-Envelope-To, then `for <address>` of the Received field.
 * 4. Last To and Cc, wherever they stand: a user may well put her dropbox address there.
 *
 * An address counts only in the form `<prefix>+<token>@<domain>`. All candidates are returned in
 * that order, because the first may be a token that was revoked while the next one is good.
 */
import { createHash } from 'node:crypto';
import { addressKey, domainOf, localPartOf } from '../../mail/address.ts';
import type { EmailAddress } from '../../mail/address.ts';
import type { TokenRule } from '../intake-verdict.ts';
import { valuesOf } from './header-lines.ts';
import type { HeaderField } from './header-lines.ts';

/** How the dropbox addresses of this installation look. */
export interface DropboxAddressing {
  /** Local part before the `+`, e.g. `dropbox`; compared without regard to case. */
  readonly prefix: string;
  /** Domain of the addresses, e.g. `in.crm.example`, in A-labels; compared without regard to case. */
  readonly domain: string;
  /**
   * Host names that our receiving server writes after `by` in its Received field. Default: any,
   * which is right when the mailbox gets mail from the receiving server only.
   */
  readonly receivedBy?: readonly string[];
}

/** A token found in a mail. */
export interface TokenCandidate {
  readonly token: string;
  /** Which field gave it away first. */
  readonly rule: TokenRule;
}

/** Most candidates taken from one mail: each costs a look-up. */
const candidatesMax = 10;
const tokenPattern = /^[a-z2-7]{20,58}$/;
const addressPattern = /[^\s<>()[\]{},;:"'@]{1,64}@[a-z0-9.-]{1,253}/gi;

/** Tokens of dropbox addresses this mail was delivered to, most trusted first, each once. */
export function dropboxCandidates(
  fields: readonly HeaderField[],
  addressing: DropboxAddressing,
): readonly TokenCandidate[] {
  const ours = writtenByOurServer(fields, addressing.receivedBy);
  const receivedFor = valuesOf(ours, 'received').flatMap(
    (value) => /\sfor\s+(<?[^\s;>]+>?)/i.exec(value)?.[1] ?? [],
  );
  const sources: readonly (readonly [TokenRule, readonly string[]])[] = [
    ['x-original-to', valuesOf(ours, 'x-original-to')],
    ['delivered-to', valuesOf(ours, 'delivered-to')],
    ['envelope-to', [...valuesOf(ours, 'envelope-to'), ...valuesOf(ours, 'x-envelope-to')]],
    ['received-for', receivedFor],
    ['to-cc', [...valuesOf(fields, 'to'), ...valuesOf(fields, 'cc')]],
  ];
  const found = new Map<string, TokenRule>();
  for (const [rule, values] of sources) {
    for (const token of values.flatMap((value) => tokensIn(value, addressing))) {
      if (!found.has(token) && found.size < candidatesMax) found.set(token, rule);
    }
  }
  return [...found].map(([token, rule]) => ({ token, rule }));
}

/** Whether an address is a dropbox address of this installation, with or without a token. */
export function isDropboxAddress(address: EmailAddress, addressing: DropboxAddressing): boolean {
  if (domainOf(address) !== addressing.domain.toLowerCase()) return false;
  const local = localPartOf(address).toLowerCase();
  const prefix = addressing.prefix.toLowerCase();
  return local === prefix || local.startsWith(`${prefix}+`);
}

/** The form in which a token is stored and looked up: SHA-256, hex. */
export function hashDropboxToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The address to hand to a sender for her token. */
export function dropboxAddressOf(token: string, addressing: DropboxAddressing): EmailAddress {
  return `${addressing.prefix}+${token}@${addressing.domain}` as EmailAddress;
}

function writtenByOurServer(
  fields: readonly HeaderField[],
  receivedBy: readonly string[] | undefined,
): readonly HeaderField[] {
  const first = fields.findIndex((field) => field.name === 'received');
  const received = fields[first];
  if (received === undefined) return [];
  if (receivedBy !== undefined) {
    const host = /(?:^|\s)by\s+([^\s;()]+)/i.exec(received.value)?.[1]?.toLowerCase();
    if (host === undefined || !receivedBy.some((own) => own.toLowerCase() === host)) return [];
  }
  return fields.slice(0, first + 1);
}

function tokensIn(value: string, addressing: DropboxAddressing): string[] {
  const prefix = `${addressing.prefix.toLowerCase()}+`;
  return [...value.matchAll(addressPattern)].flatMap(([address]) => {
    const key = addressKey(address as EmailAddress);
    const at = key.lastIndexOf('@');
    if (!key.startsWith(prefix) || key.slice(at + 1) !== addressing.domain.toLowerCase()) return [];
    const token = key.slice(prefix.length, at);
    return tokenPattern.test(token) ? [token] : [];
  });
}
