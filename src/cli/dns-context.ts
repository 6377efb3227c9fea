import type { Config } from '../config/config.ts';
import { readMadeDkimKey } from '../config/made-keys.ts';
import { readZoneFile } from '../config/zone-file.ts';
import { dkimPublicKey } from '../domains/dkim-key-record.ts';
import type { ProviderInDns } from '../domains/provider-in-dns.ts';
import type { DnsResolver } from '../domains/resolver.ts';
import { resolverOf } from '../domains/resolver-of.ts';
import { messageOf, OnbehalfError, validationError } from '../runtime/errors.ts';

/**
 * Where a verb asks about domains: the zone file named on the command line, else the configured one,
 * else DNS. A zone need not repeat our own key records.
 *
 * @throws OnbehalfError `INVALID_INPUT` for a file that is no zone
 */
export function dnsResolverOf(config: Config, zoneFile?: string): DnsResolver {
  if (zoneFile === undefined) {
    // Keys are read for a zone only: DNS itself has the records.
    return resolverOf(
      config.dns,
      config.dns.zone === undefined ? undefined : providerInDns(config),
    );
  }
  const reading = readZoneFile(zoneFile);
  if (reading.ok) return resolverOf({ zone: reading.zone }, providerInDns(config));
  throw validationError('INVALID_INPUT', 'zone', [{ field: '--zone', message: reading.reason }]);
}

/**
 * The provider as customers' DNS must show it. Makes no key: where there is none, only its name is
 * known.
 *
 * @throws OnbehalfError `INVALID_CONFIG` for a key that cannot be read
 */
export function providerInDns(config: Config): ProviderInDns {
  const { domain, bounceHost, returnPathLabel } = config.provider;
  const keys = config.dkim.length > 0 ? config.dkim : [readMadeDkimKey(config.stateDirectory)];
  return {
    domain,
    returnPathLabel,
    ...(bounceHost === undefined ? {} : { bounceHost }),
    selectors: keys.map(({ selector, privateKey }) => ({
      selector,
      ...(privateKey === undefined ? {} : { publicKey: publicKeyOf(selector, privateKey) }),
    })),
  };
}

function publicKeyOf(selector: string, privateKey: string): string {
  try {
    return dkimPublicKey(privateKey);
  } catch (cause) {
    throw new OnbehalfError(
      'INVALID_CONFIG',
      `the DKIM key "${selector}" cannot be used: ${messageOf(cause)}`,
      { cause },
    );
  }
}
