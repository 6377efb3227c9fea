/**
 * Whether DNS says that a domain takes no mail at all. Only two things do: the domain does not exist,
 * or it has a null MX (RFC 7505). Whoever acts on it gives up everybody at the domain, so a resolver that
 * says of everything that it does not exist (a broken network does) must not convince us: the same
 * resolver must know the top-level domain.
 */
import type { DnsResolver } from './resolver.ts';

/** What {@link findMailRefusal} found. */
export type MailRefusal =
  | { readonly kind: 'no-domain' }
  | { readonly kind: 'null-mx' }
  /** Neither: it may take mail. */
  | { readonly kind: 'none' }
  | { readonly kind: 'temperror'; readonly reason: string };

/**
 * Asks DNS whether a domain takes mail; nothing is kept.
 *
 * @param domain in lower-case A-labels
 */
export async function findMailRefusal(resolver: DnsResolver, domain: string): Promise<MailRefusal> {
  const answer = await resolver.resolve(domain, 'MX');
  switch (answer.kind) {
    case 'failed':
      return { kind: 'temperror', reason: answer.reason };
    case 'no-data':
      return { kind: 'none' };
    case 'records': {
      const [only, ...others] = answer.records;
      const isNull = others.length === 0 && (only?.exchange === '' || only?.exchange === '.');
      return { kind: isNull ? 'null-mx' : 'none' };
    }
    case 'no-name':
      return confirmed(resolver, domain);
  }
}

async function confirmed(resolver: DnsResolver, domain: string): Promise<MailRefusal> {
  const top = domain.slice(domain.lastIndexOf('.') + 1);
  const answer = await resolver.resolve(top, 'NS');
  if (answer.kind === 'records') return { kind: 'no-domain' };
  if (answer.kind === 'failed') return { kind: 'temperror', reason: answer.reason };
  return { kind: 'none' };
}
