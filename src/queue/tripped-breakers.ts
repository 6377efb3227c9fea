import type { Redis } from 'ioredis';
import {
  breakerNamesOf,
  readBreakers,
  type FeedbackSubject,
  type TrippedBreaker,
} from './breakers.ts';
import type { KeyNames } from './key-names.ts';

/** What a worker knows of the breakers that have tripped. */
export interface TrippedBreakers {
  /**
   * The breaker that holds mail of this subject, if one does. Asks Redis only when they have changed.
   *
   * @param version number of the latest change, as it came with the send's ledger
   */
  holding(version: number, subject: FeedbackSubject): Promise<TrippedBreaker | undefined>;
}

/** Reads the breakers when they have changed, once for all who ask. */
export function createTrippedBreakers(redis: Redis, keys: KeyNames): TrippedBreakers {
  let known: ReadonlyMap<string, TrippedBreaker> = new Map();
  let knownVersion = 0;
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    try {
      const { version, tripped } = await readBreakers(redis, keys);
      known = new Map(tripped.map((each) => [each.name, each]));
      knownVersion = version;
    } finally {
      reading = undefined;
    }
  };
  return {
    async holding(version, subject) {
      // What is being read may be from before the change; after one more it is not.
      for (let turn = 0; turn < 2 && version !== knownVersion; turn += 1)
        await (reading ??= read());
      if (known.size === 0) return undefined;
      const name = breakerNamesOf(subject).find((each) => known.has(each));
      return name === undefined ? undefined : known.get(name);
    },
  };
}
