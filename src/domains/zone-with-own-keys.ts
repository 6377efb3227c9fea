import { dkimKeyText } from './dkim-key-record.ts';
import { keyRecordName, type ProviderInDns } from './provider-in-dns.ts';
import { dnsName } from './resolver.ts';

/**
 * A zone together with our own key records, as far as it does not speak of them: who writes a zone
 * for a customer's domain need not repeat the records that its CNAMEs lead to.
 *
 * @param zone not checked; what is no object stays as it is
 */
export function zoneWithOwnKeys(zone: unknown, provider: ProviderInDns): unknown {
  if (typeof zone !== 'object' || zone === null || Array.isArray(zone)) return zone;
  const written = new Set(Object.keys(zone).map(dnsName));
  const own = provider.selectors.flatMap(({ selector, publicKey }) => {
    const name = keyRecordName(selector, provider.domain);
    return publicKey === undefined || written.has(name)
      ? []
      : [[name, { TXT: [[dkimKeyText(publicKey)]] }] as const];
  });
  return { ...Object.fromEntries(own), ...zone };
}
