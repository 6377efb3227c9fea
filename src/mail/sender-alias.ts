import { createHash } from 'node:crypto';
import { addressKey, domainOf, localPartOf, readAddress, type EmailAddress } from './address.ts';
import { base32 } from './base32.ts';

/*
 * The alias of a sender, under which she stands in From where her own domain cannot (RFC 9989 §7.4):
 *
 * - plain: `jane=acme.example@u.crm.example`; all from the first character to the last `=` is her local
 *   part, because a domain holds none, so the address can be read back;
 * - hashed: `h-<128 bits of SHA-256>@u.crm.example`, where the plain form would be over 64 octets, not
 *   ASCII, or hold `!` or `%`, which old servers take for a route. It holds no `=`, so the two forms
 *   cannot meet.
 *
 * An address always has the same alias, without regard to case, and no two have the same one.
 */

const localPartMax = 64;
const plainLocalPart = /^[a-z0-9#$&'*+/=?^_`{|}~.-]+$/;

/**
 * The alias of a sender.
 *
 * @param address her own address, of any form that we accept
 * @param aliasHost host name of the provider that receives mail for aliases
 */
export function senderAlias(address: EmailAddress, aliasHost: string): EmailAddress {
  const key = addressKey(address) as EmailAddress;
  const local = localPartOf(key);
  const plain = `${local}=${domainOf(key)}`;
  const isPlain = plain.length <= localPartMax && plainLocalPart.test(local);
  const reading = readAddress(`${isPlain ? plain : hashed(key)}@${aliasHost}`);
  if (!reading.ok) throw new TypeError(`alias host ${aliasHost}: ${reading.reason}`);
  return reading.address;
}

/**
 * The address, in lower case, whose alias this is; undefined where the alias is hashed, at another
 * host, or none at all.
 */
export function addressOfAlias(alias: EmailAddress, aliasHost: string): EmailAddress | undefined {
  const key = addressKey(alias) as EmailAddress;
  const local = localPartOf(key);
  const equals = local.lastIndexOf('=');
  if (domainOf(key) !== aliasHost || equals <= 0) return undefined;
  const reading = readAddress(`${local.slice(0, equals)}@${local.slice(equals + 1)}`);
  // What would get another alias was never given this one.
  return reading.ok && senderAlias(reading.address, aliasHost) === key
    ? reading.address
    : undefined;
}

function hashed(key: string): string {
  return `h-${base32(createHash('sha256').update(`alias:${key}`).digest().subarray(0, 16))}`;
}
