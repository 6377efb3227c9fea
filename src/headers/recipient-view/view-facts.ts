import type { FromDomainFacts } from '../../mail/domain-facts.ts';
import type { SendKind } from '../../mail/kinds.ts';

/** What is known besides the bytes and the envelope. */
export interface ViewFacts {
  /** Our own names; that they are set up as documented is taken for granted. */
  readonly provider: {
    /** Signs, and is above bounce and alias host. */
    readonly domain: string;
    /** Where `MAIL FROM` points in all modes but `direct` and `aligned` b2. */
    readonly bounceHost: string;
    /** Selectors under which our keys are published. */
    readonly selectors: readonly string[];
  };
  /** What DNS says of the user's own domain, also where From shows an alias. */
  readonly from: FromDomainFacts;
  /** Why the message is sent. */
  readonly kind: SendKind;
}

/** Whether a host is a domain or below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** The organisational domain of a host, as far as the facts tell; else the host itself. */
export function organisationalDomainOf(host: string, { from, provider }: ViewFacts): string {
  if (isWithin(host, from.organisationalDomain)) return from.organisationalDomain;
  return isWithin(host, provider.domain) ? provider.domain : host;
}
