import type { FactsCache } from '../mail/facts-cache.ts';
import type { FromDomainFacts } from '../mail/domain-facts.ts';
import type { RecipientFact } from '../mail/mode-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DnsResolver } from './resolver.ts';

/** What customers' domains are verified against. */
export interface ProviderInDns {
  /** Our domain, e.g. `crm.example`. */
  readonly domain: string;
  /** Our DKIM keys, the active one first. */
  readonly selectors: readonly DkimSelector[];
  /** Where bounces go; default `bounce.<domain>`. */
  readonly bounceHost?: string;
  /** Label of the return-path host below a customer's domain; default `em`. */
  readonly returnPathLabel?: string;
}

/** A DKIM key of ours, as customers' DNS must show it. */
export interface DkimSelector {
  readonly selector: string;
  /** The public key as it stands in p=: DER in base64. Absent: not known here, so not compared. */
  readonly publicKey?: string;
}

/** Facts of domains, cached. */
export interface DomainFacts {
  /**
   * What DNS says of a domain in From.
   *
   * @param tenant the customer organisation that wants to send; a domain may be bound to one
   * @throws OnbehalfError `INVALID_INPUT` for what is no domain; DNS failures are `temperror` facts
   */
  factsOf(domain: string, tenant: string): Promise<FromDomainFacts>;
  /** Who runs the mailboxes of a recipient's domain; `temperror` where DNS did not say. */
  providerOf(recipientDomain: string): Promise<RecipientFact>;
  /** Forgets what is kept of a domain, e.g. after a refusal by policy: the next question asks DNS. */
  recheck(domain: string): Promise<void>;
}

/** Options of {@link createDomainFacts}. */
export interface DomainFactsOptions {
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  readonly provider: ProviderInDns;
  /** Shared with other processes; default: this process remembers for itself. */
  readonly cache?: FactsCache;
  readonly logger?: Logger;
}

