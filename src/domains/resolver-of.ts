import { createDnsResolver } from './dns-resolver.ts';
import type { ProviderInDns } from './provider-in-dns.ts';
import type { DnsResolver } from './resolver.ts';
import { createZoneResolver } from './zone-resolver.ts';
import { zoneWithOwnKeys } from './zone-with-own-keys.ts';

/** Where domain facts come from. */
export interface DnsOptions {
  /** DNS servers, `address` or `address:port`; default: those of the system. */
  readonly servers?: readonly string[];
  /** Answers from this zone instead of DNS: name → type → records (docs/domains.md). */
  readonly zone?: unknown;
}

/**
 * The resolver that options ask for: a zone before servers.
 *
 * @param provider its key records are added to a zone that does not have them; default: nothing is added
 * @throws OnbehalfError `INVALID_INPUT` for a zone that cannot be used
 */
export function resolverOf({ zone, servers }: DnsOptions, provider?: ProviderInDns): DnsResolver {
  if (zone === undefined) return createDnsResolver(servers === undefined ? {} : { servers });
  return createZoneResolver(provider === undefined ? zone : zoneWithOwnKeys(zone, provider));
}
