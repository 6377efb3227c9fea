import { readDomain } from '../mail/address.ts';
import type { FactsCache } from '../mail/facts-cache.ts';
import type { RecipientFact } from '../mail/mode-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { validationError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { CachedLookups } from './cached-lookups.ts';
import { isRecipientFinding } from './kept-facts.ts';
import { findRecipientProvider, type RecipientProviderFinding } from './recipient-provider.ts';
import type { DnsResolver } from './resolver.ts';

/** Who runs the mailboxes of recipients, cached. */
export interface RecipientProviders {
  /**
   * Who runs the mailboxes of a recipient's domain; `temperror` where DNS did not say.
   *
   * @throws OnbehalfError `INVALID_INPUT` for what is no domain
   */
  providerOf(recipientDomain: string): Promise<RecipientFact>;
  /** Forgets what is kept of a domain. */
  drop(recipientDomain: string): Promise<void>;
}

/** Options of {@link createRecipientProviders}. */
export interface RecipientProvidersOptions {
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  /** Shared with other processes; default: this process remembers for itself. */
  readonly cache?: FactsCache;
  readonly logger?: Logger;
}

/** Makes the look-up of recipients' providers; holds nothing that needs closing. */
export function createRecipientProviders(options: RecipientProvidersOptions): RecipientProviders {
  const { resolver, clock, cache, logger } = options;
  const lookups = new CachedLookups<RecipientProviderFinding>({
    clock,
    cache,
    logger,
    prefix: 'mx:',
    isValue: isRecipientFinding,
    lookUp: async (domain, ttl) => findRecipientProvider(resolver, domain, ttl),
  });
  return {
    async providerOf(recipientDomain) {
      const finding = await lookups.get(checkedDomain(recipientDomain));
      return finding.kind === 'known' ? finding.provider : 'temperror';
    },
    drop: async (recipientDomain) => lookups.drop(checkedDomain(recipientDomain)),
  };
}

/**
 * A domain in the form that is looked up.
 *
 * @throws OnbehalfError `INVALID_INPUT`
 */
export function checkedDomain(text: string): string {
  const domain = readDomain(text);
  if (domain !== undefined) return domain;
  throw validationError('INVALID_INPUT', 'domain facts', [
    { field: 'domain', message: 'must be a host name like acme.example' },
  ]);
}
