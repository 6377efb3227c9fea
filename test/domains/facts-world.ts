import { createDomainFacts, type DomainFacts } from '../../src/domains/domain-facts.ts';
import { createZoneResolver, type ZoneResolver } from '../../src/domains/zone-resolver.ts';
import type { FactsCache } from '../../src/mail/facts-cache.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { byCname, provider, returnPath, txt } from './acme-zone.ts';

/** A clock that is moved by hand. */
export function movableClock(): Clock & { move(ms: number): void } {
  let nowMs = Date.UTC(2026, 10, 23);
  return {
    now: () => nowMs,
    sleep: async () => Promise.reject(new Error('nobody sleeps here')),
    move: (ms) => {
      nowMs += ms;
    },
  };
}

/** A cache as Redis is one, in memory, whose times nobody waits for. */
export function memoryCache(): FactsCache & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    read: async (name) => Promise.resolve(entries.get(name)),
    write: async (name, entry) => Promise.resolve(void entries.set(name, entry)),
    drop: async (name) => Promise.resolve(void entries.delete(name)),
  };
}

/** Facts over a zone. */
export interface World {
  readonly facts: DomainFacts;
  readonly resolver: ZoneResolver;
  readonly clock: ReturnType<typeof movableClock>;
}

/** Makes the facts of domains over a zone. */
export function worldOf(zone: unknown, cache?: FactsCache, clock = movableClock()): World {
  const resolver = createZoneResolver(zone);
  const options = { resolver, clock, provider };
  const facts = createDomainFacts(cache === undefined ? options : { ...options, cache });
  return { facts, resolver, clock };
}

/** A verified domain, and one whose mailboxes are at Gmail. */
export const acme = {
  ...byCname,
  ...returnPath,
  '_dmarc.acme.example': txt('v=DMARC1; p=reject'),
  'dest.example': { MX: [{ priority: 1, exchange: 'aspmx.l.google.com' }] },
};
