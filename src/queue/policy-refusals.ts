import type { Redis } from 'ioredis';
import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { KeyNames } from './key-names.ts';

/** How long a refusal keeps `on-behalf` away from a pair of domain and provider, in milliseconds: 7 days. */
const rememberedMs = 7 * 86_400_000;

/**
 * Remembers which recipient providers refused mail on behalf of a domain by policy, for the whole
 * fleet: what one worker learned, all know.
 */
export interface PolicyRefusals {
  /** Notes a refusal, for 7 days from now. */
  note(fromDomain: string, provider: RecipientProvider): Promise<void>;
  /** Those of the providers that refused the domain in the last 7 days. */
  among(
    fromDomain: string,
    providers: readonly RecipientProvider[],
  ): Promise<readonly RecipientProvider[]>;
}

/** The refusals in Redis. */
export function createPolicyRefusals(redis: Redis, keys: KeyNames): PolicyRefusals {
  return {
    async note(fromDomain, provider) {
      await redis.set(keys.policyRefusal(fromDomain, provider), '1', 'PX', rememberedMs);
    },
    async among(fromDomain, providers) {
      if (providers.length === 0) return [];
      const names = providers.map((provider) => keys.policyRefusal(fromDomain, provider));
      const found = await redis.mget(names);
      return providers.filter((_provider, index) => found[index] !== null);
    },
  };
}
