import type { Redis } from 'ioredis';
import { finalStates, sendStates, type SendState } from '../../src/mail/kinds.ts';
import type { SendId } from '../../src/mail/ids.ts';
import type { KeyNames } from '../../src/queue/key-names.ts';
import { decodeEnd, endPlaceOf, ledgerEndsLua } from '../../src/queue/ledger-ends.ts';
import { defineScript, runScript } from '../../src/queue/script.ts';
import type { SeededRandom } from '../support/seed.ts';
import type { Enqueued } from './enqueue-sends.ts';

/** The books (DESIGN §2: enqueued = waiting + held + the final ones), balanced during a run. */
export interface Books {
  /**
   * Balances all sends whose call had resolved before, at one moment of Redis; of more than 5,000
   * that many, drawn anew each time.
   */
  sample(): Promise<void>;
  readonly figures: BooksFigures;
}

/** What {@link Books} found. */
export interface BooksFigures {
  readonly booksSamples: number;
  /** Samples that looked at all sends there were. */
  readonly booksComplete: number;
  /** Sends that were looked at, all in all. */
  readonly booksLooked: number;
  /** Samples whose states did not add up to the sends they looked at. */
  readonly booksUnbalanced: number;
  /** Sends that were nowhere when they were looked at, or in two places that exclude each other. */
  readonly astray: readonly string[];
}

/** So many sends a sample looks at: Redis does nothing else meanwhile. */
const sampleMax = 5_000;

/** Where BullMQ keeps the ids of jobs. */
const lists = ['wait', 'active', 'paused'];
const sortedSets = ['delayed', 'prioritized', 'waiting-children', 'completed', 'failed'];

/**
 * What is known of many sends at one moment.
 * KEYS[1] ends, [2] hours, [3] held, [4] releasing, then the lists and the sorted sets of the queue;
 * ARGV[1] begin of the names of ledgers, [2] number of lists, then id, prefix and field of each send.
 * Returns of each: state in its ledger, number of its end, whether it is held and releasing (0 or 1),
 * and in how many lists and sets its job is; absent ones are empty texts.
 */
const lookAtSends = defineScript(`${ledgerEndsLua}
local places = {}
local function count(ids)
  for _, id in ipairs(ids) do places[id] = (places[id] or 0) + 1 end
end
for i = 5, #KEYS do
  local isList = i < 5 + tonumber(ARGV[2])
  count(isList and redis.call('LRANGE', KEYS[i], 0, -1) or redis.call('ZRANGE', KEYS[i], 0, -1))
end
local found = {}
for i = 3, #ARGV, 3 do
  local id = ARGV[i]
  local _, number = findEndInAllHours(KEYS[1], KEYS[2], ARGV[i + 1], ARGV[i + 2])
  found[#found + 1] = {
    redis.call('HGET', ARGV[1] .. id, 's') or '',
    number or '',
    redis.call('HEXISTS', KEYS[3], id),
    redis.call('HEXISTS', KEYS[4], id),
    places[id] or 0,
  }
end
return found
`);

/** Opens the books over a list that grows. */
export function openBooks(
  redis: Redis,
  keys: KeyNames,
  enqueued: readonly Enqueued[],
  random: SeededRandom,
): Books {
  const queueKey = (name: string): string => `${keys.bullPrefix}:${keys.sendQueue}:${name}`;
  const names = [
    keys.ledgerEnds,
    keys.ledgerHours,
    keys.held,
    keys.releasing,
    ...[...lists, ...sortedSets].map(queueKey),
  ];
  const astray: string[] = [];
  let samples = 0;
  let complete = 0;
  let looked = 0;
  let unbalanced = 0;
  return {
    async sample() {
      const total = enqueued.length;
      const chosen = draw(enqueued, sampleMax, random);
      const places = chosen.flatMap(({ sendId }) => {
        const { prefix, field } = endPlaceOf({ sendId: sendId as SendId, createdAt: 0 });
        return [sendId, prefix, field];
      });
      const values = [keys.ledger('' as SendId), lists.length, ...places];
      const found = (await runScript(redis, lookAtSends, names, values)) as readonly Found[];
      const sums = new Map<SendState, number>(sendStates.map((state) => [state, 0]));
      for (const [index, each] of found.entries()) {
        const state = stateOf(each);
        if (state === undefined) astray.push(`${chosen[index]?.sendId} ${JSON.stringify(each)}`);
        else sums.set(state, (sums.get(state) ?? 0) + 1);
      }
      const sum = [...sums.values()].reduce((total, count) => total + count, 0);
      samples += 1;
      looked += chosen.length;
      if (chosen.length === total) complete += 1;
      if (sum !== chosen.length) unbalanced += 1;
    },
    get figures() {
      return {
        booksSamples: samples,
        booksComplete: complete,
        booksLooked: looked,
        booksUnbalanced: unbalanced,
        astray,
      };
    },
  };
}

type Found = readonly [
  state: string,
  end: string,
  isHeld: number,
  isReleasing: number,
  places: number,
];

/** The one state that a send is in; undefined where it is in none, or in several. */
function stateOf([said, end, isHeld, isReleasing, places]: Found): SendState | undefined {
  const isFinished = end !== '';
  const isHeldInLedger = said === 'held';
  // A job may outlive the end of its send, or its being held, and ends when it is taken; never twice.
  if (places > 1) return undefined;
  if (isFinished) {
    const { state } = decodeEnd(Number(end), 0);
    return said === '' && isHeld + isReleasing === 0 && finalStates.includes(state)
      ? state
      : undefined;
  }
  if (isHeldInLedger) return isHeld === 1 && isReleasing === 0 ? 'held' : undefined;
  return isHeld === 0 && (places === 1 || isReleasing === 1) ? 'waiting' : undefined;
}

/** So many of them at most, each once. */
function draw<Item>(items: readonly Item[], most: number, random: SeededRandom): readonly Item[] {
  const drawn = [...items];
  if (drawn.length <= most) return drawn;
  for (let at = 0; at < most; at += 1) {
    const other = at + random.integer(drawn.length - at);
    [drawn[at], drawn[other]] = [drawn[other] as Item, drawn[at] as Item];
  }
  return drawn.slice(0, most);
}
