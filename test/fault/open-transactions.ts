import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';

/** A worker was killed or stood still, or Redis was away; times in ms since 1970. */
export interface Interruption {
  /** The worker's name in its EHLO; undefined: all of them. */
  readonly worker: string | undefined;
  readonly from: number;
  readonly until: number;
}

/** A worker said DATA for a send. */
interface Begun {
  readonly sendId: string;
  readonly worker: string;
  readonly at: number;
}

/** Which transactions were begun by whom, as the relay hears it. */
export interface TransactionLog {
  /** Told of each command; the relay must offer DSN, so that MAIL names the send. */
  hear(connection: number, line: string): void;
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
  /** Attempts that a later worker called uncertain although nothing interrupted their transaction. */
  readonly uncertainUninterrupted: number;
}

/** Starts listening. */
export function createTransactionLog(): TransactionLog {
  const names = new Map<number, string>();
  const sendIds = new Map<number, string>();
  const begun: Begun[] = [];
  return {
    hear(connection, line) {
      const [verb = '', argument = ''] = line.split(' ', 2);
      if (verb === 'EHLO') names.set(connection, argument);
      if (verb === 'MAIL') sendIds.set(connection, /\bENVID=(\S+)/.exec(line)?.[1] ?? '');
      if (verb !== 'DATA') return;
      const worker = names.get(connection) ?? '';
      begun.push({ sendId: sendIds.get(connection) ?? '', worker, at: Date.now() });
    },
    judge(interruptions, events) {
      const eventsOf = bySend(events);
      const begunOf = bySend(begun);
      const open = interruptions.map(({ worker, from, until }) =>
        begun.filter(
          (each) =>
            (worker === undefined || worker === each.worker) &&
            each.at <= until &&
            !(eventsOf.get(each.sendId) ?? []).some(({ at }) => each.at <= at && at < from),
        ),
      );
      const takenOver = events.filter(
        ({ reason }) => reason?.includes('ended before it saw the reply') === true,
      );
      const uninterrupted = takenOver.filter(({ sendId, at }) => {
        const last = (begunOf.get(sendId) ?? []).filter((each) => each.at <= at).at(-1);
        return !open.some((each) => last !== undefined && each.includes(last));
      });
      // A send that was begun again on a new connection is one attempt.
      const sizes = open.flatMap((each, i) =>
        interruptions[i]?.worker === undefined ? [] : [bySend(each).size],
      );
      return {
        openWhenInterrupted: sizes.reduce((sum, size) => sum + size, 0),
        openMost: Math.max(0, ...sizes),
        uncertainByInterruption: takenOver.length,
        uncertainUninterrupted: uninterrupted.length,
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
