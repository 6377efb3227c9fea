import { isFinal } from '../../src/mail/kinds.ts';
import type { SendId } from '../../src/mail/ids.ts';
import type { FoundSend, Ledger } from '../../src/queue/ledger.ts';
import type { SeededRandom } from '../support/seed.ts';
import type { Enqueued } from './enqueue-sends.ts';

/** The books (DESIGN §2: enqueued = waiting + held + the final ones), looked at during a run. */
export interface Books {
  /** Looks at sends of all that were enqueued so far, each at one moment. */
  sample(): Promise<void>;
  readonly samples: number;
  /** Sends that were looked at. */
  readonly looked: number;
  /** Those that were nowhere: neither final, nor held with what a release needs, nor in the queue. */
  readonly astray: readonly string[];
}

/** So many sends a sample looks at. */
const sampleSize = 300;

/** Opens the books over a list that grows. */
export function openBooks(
  ledger: Pick<Ledger, 'find'>,
  enqueued: readonly Enqueued[],
  random: SeededRandom,
): Books {
  const astray: string[] = [];
  let samples = 0;
  let looked = 0;
  return {
    async sample() {
      const all = enqueued.length <= sampleSize;
      const chosen = all
        ? [...enqueued]
        : Array.from({ length: sampleSize }, () => random.pick(enqueued));
      const found = await Promise.all(
        chosen.map(async ({ sendId }) => ledger.find(sendId as SendId)),
      );
      samples += 1;
      looked += found.length;
      for (const [index, each] of found.entries()) {
        if (!isSomewhere(each)) astray.push(`${chosen[index]?.sendId} ${JSON.stringify(each)}`);
      }
    },
    get samples() {
      return samples;
    },
    get looked() {
      return looked;
    },
    astray,
  };
}

function isSomewhere({ entry, job, held, releasing }: FoundSend): boolean {
  if (entry !== undefined && isFinal(entry.state)) return true;
  if (entry?.state === 'held') return held !== undefined;
  return job !== undefined || releasing !== undefined;
}
