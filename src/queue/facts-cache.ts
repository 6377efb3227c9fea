import type { Redis } from 'ioredis';
import type { FactsCache } from '../mail/facts-cache.ts';
import type { KeyNames } from './key-names.ts';

/** What DNS says of domains, kept in Redis for all processes of an installation. */
export function createFactsCache(redis: Redis, keys: KeyNames): FactsCache {
  return {
    async read(name) {
      return (await redis.get(keys.domainFacts(name))) ?? undefined;
    },
    async write(name, entry, ttlMs) {
      await redis.set(keys.domainFacts(name), entry, 'PX', Math.max(1, Math.round(ttlMs)));
    },
    async drop(name) {
      await redis.del(keys.domainFacts(name));
    },
  };
}
