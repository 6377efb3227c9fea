import type { Redis } from 'ioredis';
import { isFinal } from '../../src/mail/kinds.ts';
import type { KeyNames } from '../../src/queue/key-names.ts';
import { parseOutcomeEvent, type OutcomeEvent } from '../../src/queue/outcome-event.ts';

/** Every event of the outcome stream, as a bystander sees it. */
export interface OutcomeWatch {
  /** In the order of the stream, one for each entry. */
  readonly events: readonly OutcomeEvent[];
  /** How many sends have ended: a final state, or held. */
  readonly ended: number;
  /** Resolves when this many sends have ended, or `false` when nothing came for so long. */
  waitForEnded(count: number, quietMs: number): Promise<boolean>;
}

/**
 * Reads the outcome stream on a connection of its own (it blocks), through restarts of Redis.
 *
 * @param redis a connection whose commands wait while Redis is away
 * @param onProgress told after each batch how many sends have ended
 */
export function watchOutcomes(
  redis: Redis,
  keys: KeyNames,
  onProgress: (ended: number) => void = () => undefined,
): OutcomeWatch {
  const events: OutcomeEvent[] = [];
  const ended = new Set<string>();
  let after = '0';

  const readMore = async (waitMs: number): Promise<number> => {
    const answer = await redis.xread(
      'COUNT',
      1000,
      'BLOCK',
      Math.max(1, waitMs),
      'STREAMS',
      keys.outcomes,
      after,
    );
    const entries = answer?.[0]?.[1] ?? [];
    for (const [entryId, fields] of entries) {
      after = entryId;
      const event = parseOutcomeEvent(fields[fields.indexOf('event') + 1] ?? '');
      events.push(event);
      if (isFinal(event.state) || event.state === 'held') ended.add(event.sendId);
    }
    onProgress(ended.size);
    return entries.length;
  };

  return {
    events,
    get ended() {
      return ended.size;
    },
    async waitForEnded(count, quietMs) {
      while (ended.size < count) {
        if ((await readMore(quietMs)) === 0) return false;
      }
      return true;
    },
  };
}
