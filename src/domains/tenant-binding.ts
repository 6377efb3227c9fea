import { domainAndAncestors } from './ancestors.ts';
import type { DnsResolver } from './resolver.ts';
import type { TimeToLive } from './time-to-live.ts';

/** Which customer organisations may use a domain. */
export type TenantBinding =
  /** Any: the customer did not say. */
  | { readonly kind: 'free' }
  | { readonly kind: 'bound'; readonly name: string; readonly tenants: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Name of the TXT record that binds a domain to a tenant. */
export function bindingName(domain: string): string {
  return `_onbehalf.${domain}`;
}

/** Text of the TXT record that binds a domain to a tenant. */
export function bindingText(tenant: string): string {
  return `tenant=${tenant}`;
}

/**
 * Finds the binding of a domain: TXT records `tenant=<name>` at `_onbehalf` below it, else below
 * the nearest domain above it that has any. Several records name several tenants; other texts, as a
 * wildcard may bring, do not count.
 */
export async function findTenantBinding(
  resolver: DnsResolver,
  domain: string,
  ttl: TimeToLive,
): Promise<TenantBinding> {
  for (const each of domainAndAncestors(domain)) {
    // A top label belongs to a registry, which has no tenants of ours.
    if (!each.includes('.')) continue;
    const name = bindingName(each);
    const answer = ttl.of(await resolver.resolve(name, 'TXT'));
    if (answer.kind === 'failed') return { kind: 'failed', reason: answer.reason };
    if (answer.kind !== 'records') continue;
    const tenants = answer.records.flatMap((strings) => {
      const text = strings.join('');
      const at = text.indexOf('=');
      const tenant = text.slice(at + 1).trim();
      const isBinding = at !== -1 && text.slice(0, at).trim().toLowerCase() === 'tenant';
      return isBinding && tenant !== '' ? [tenant] : [];
    });
    if (tenants.length > 0) return { kind: 'bound', name, tenants };
  }
  return { kind: 'free' };
}
