import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';

/**
 * A worker stood still, and was killed then or went on; or Redis was away. Times in ms since 1970.
 * What a worker had said before it stood still, the relay has heard by the end of that time.
 */
export interface Interruption {
  /** The worker's name in its EHLO; undefined: all of them. */
  readonly worker: string | undefined;
  readonly from: number;
  readonly until: number;
}

/** A relay answered DATA for a send with 354: from then on the worker may have begun the body. */
interface Granted {
  readonly sendId: string;
  readonly worker: string;
  readonly at: number;
  /** When the worker had closed the connection without a byte of the body, if it did. */
  leftAt?: number;
}

/**
 * Which transactions may have begun their body, as the relay sees it, and which of them were open.
 *
 * A transaction is open from the moment 354 is written. It is over when its worker recorded how it
 * ended, or left it: closed the connection without a byte of the body, since it had stopped waiting
 * for the 354 or another worker had begun this attempt. Where the relay closed the connection it is
 * not over, for the ledger may say that the body was begun.
 *
 * What is open so is a send that the worker has in hand. While a worker stands still it ends and
 * begins nothing, so no interruption can find more than its concurrency.
 */
export interface TransactionLog {
  /** Told of each command; the relay must offer DSN, so that MAIL names the send. */
  hear(connection: number, line: string): void;
  /** Told what the relay's `onBody` tells. */
  see(connection: number, moment: 'granted' | 'left'): void;
  /** What {@link OpenFigures} says, when all events are there. */
  judge(interruptions: readonly Interruption[], events: readonly OutcomeEvent[]): OpenFigures;
}

/** What was open when workers were interrupted. */
export interface OpenFigures {
  /** Transactions without a recorded end when their worker was killed or stood still, all in all. */
  readonly openWhenInterrupted: number;
  /** The most that one of these interruptions found. */
  readonly openMost: number;
  /** Attempts that a later worker called uncertain, for nobody had recorded their end. */
  readonly uncertainByInterruption: number;
  /**
   * Attempts that a later worker called uncertain although nothing interrupted their transaction, each
   * with what the relay and the events tell of its send.
   */
  readonly uncertainUninterrupted: readonly string[];
}

/**
 * Starts listening.
 *
 * @param now ms since 1970; for tests
 */
export function createTransactionLog(now: () => number = Date.now): TransactionLog {
  const names = new Map<number, string>();
  const sendIds = new Map<number, string>();
  const latest = new Map<number, Granted>();
  const granted: Granted[] = [];
  return {
    hear(connection, line) {
      const [verb = '', argument = ''] = line.split(' ', 2);
      if (verb === 'EHLO') names.set(connection, argument);
      if (verb === 'MAIL') sendIds.set(connection, /\bENVID=(\S+)/.exec(line)?.[1] ?? '');
    },
    see(connection, moment) {
      const at = now();
      if (moment === 'left') {
        const left = latest.get(connection);
        if (left !== undefined) left.leftAt = at;
        return;
      }
      const worker = names.get(connection) ?? '';
      const each = { sendId: sendIds.get(connection) ?? '', worker, at };
      granted.push(each);
      latest.set(connection, each);
    },
    judge(interruptions, events) {
      const eventsOf = bySend(events);
      const grantedOf = bySend(granted);
      const open = interruptions.map(({ worker, from, until }) =>
        granted.filter(
          (each) =>
            (worker === undefined || worker === each.worker) &&
            // What was granted while it stood still, it may begin when it goes on.
            (each.at <= from || each.at < until) &&
            (each.leftAt === undefined || each.leftAt > (worker === undefined ? from : until)) &&
            !(eventsOf.get(each.sendId) ?? []).some(({ at }) => each.at <= at && at <= from),
        ),
      );
      const takenOver = events.filter(
        ({ reason }) => reason?.includes('ended before it saw the reply') === true,
      );
      const uninterrupted = takenOver.filter(({ sendId, at }) => {
        const ends = (eventsOf.get(sendId) ?? []).map((event) => event.at);
        const before = Math.max(0, ...ends.filter((end) => end < at));
        return !(grantedOf.get(sendId) ?? []).some(
          (each) =>
            before <= each.at && each.at <= at && open.some((found) => found.includes(each)),
        );
      });
      // A send that was begun again on a new connection is one attempt.
      const sizes = open.flatMap((each, i) =>
        interruptions[i]?.worker === undefined ? [] : [bySend(each).size],
      );
      return {
        openWhenInterrupted: sizes.reduce((sum, size) => sum + size, 0),
        openMost: Math.max(0, ...sizes),
        uncertainByInterruption: takenOver.length,
        uncertainUninterrupted: uninterrupted.map(({ sendId, at }) =>
          storyOf(
            sendId,
            at,
            grantedOf.get(sendId) ?? [],
            eventsOf.get(sendId) ?? [],
            interruptions,
          ),
        ),
      };
    },
  };
}

function bySend<Item extends { readonly sendId: string }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.sendId);
    if (group === undefined) groups.set(item.sendId, [item]);
    else group.push(item);
  }
  return groups;
}

/** What is known of a send whose attempt was called uncertain at some time; times before that, in ms. */
function storyOf(
  sendId: string,
  at: number,
  granted: readonly Granted[],
  events: readonly OutcomeEvent[],
  interruptions: readonly Interruption[],
): string {
  const near = interruptions.filter(({ from, until }) => from <= at && until >= at - storyMs);
  return [
    `${sendId}:`,
    ...granted.map(({ worker, at: when, leftAt }) => {
      return `354 to ${worker} ${at - when}${leftAt === undefined ? '' : `, left ${at - leftAt}`};`;
    }),
    ...events.map((event) => `${event.state} ${event.result ?? ''} ${at - event.at};`),
    ...near.map(
      ({ worker = 'all', from, until }) => `${worker} still ${at - from} to ${at - until};`,
    ),
  ].join(' ');
}

/** Interruptions that a story tells of: not longer ago than this. */
const storyMs = 20_000;
