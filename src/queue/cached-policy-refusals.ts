import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { PolicyRefusals } from './policy-refusals.ts';

/** Pairs remembered at most; then all are forgotten, which costs a look-up each. */
const pairsMax = 10_000;

interface Known {
  readonly refused: Promise<boolean>;
  readonly until: number;
}

/**
 * Policy refusals of which this process remembers the answers for a moment, so that not every message
 * asks Redis. What this process notes it knows at once; what another one notes, after `staleMs`.
 *
 * @param staleMs default 2,000
 */
export function cachedPolicyRefusals(
  refusals: PolicyRefusals,
  clock: Clock,
  staleMs = 2_000,
): PolicyRefusals {
  const known = new Map<string, Known>();
  const look = async (fromDomain: string, provider: RecipientProvider): Promise<boolean> => {
    const pair = `${fromDomain}/${provider}`;
    const found = known.get(pair);
    const now = clock.now();
    if (found !== undefined && now < found.until) return found.refused;
    if (known.size >= pairsMax) known.clear();
    const refused = refusals.among(fromDomain, [provider]).then((among) => among.length > 0);
    const entry = { refused, until: now + staleMs };
    known.set(pair, entry);
    refused.catch(() => {
      if (known.get(pair) === entry) known.delete(pair);
    });
    return refused;
  };
  return {
    async note(fromDomain, provider) {
      await refusals.note(fromDomain, provider);
      known.delete(`${fromDomain}/${provider}`);
    },
    async among(fromDomain, providers) {
      const refused = await Promise.all(
        providers.map(async (provider) => look(fromDomain, provider)),
      );
      return providers.filter((_provider, index) => refused[index]);
    },
  };
}
