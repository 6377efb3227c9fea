import type { HistoryTotals } from '../history/store/totals.ts';
import type { Relay } from './relay.ts';

/** What each part says it did, when all is over. */
export interface DemoFacts {
  /** Sends that the producer confirmed. */
  readonly enqueuedCount: number;
  /** Copies that users wrote, each to one contact. */
  readonly copiesWrittenCount: number;
  readonly relay: RelayCounts;
  readonly history: HistoryTotals;
  /** Outcome events that are still in Redis. */
  readonly eventsLeftCount: number;
  /** Lines that the shown contact should have, and has. */
  readonly contact: {
    readonly sendCount: number;
    readonly shownSendCount: number;
    readonly shownCopyCount: number;
  };
}

/** What the relay counted. */
export interface RelayCounts {
  readonly accepted: number;
  /** Accepted sends of which it has accepted another transaction before. */
  readonly twice: number;
  /** Answers of 5xx. */
  readonly refused: number;
  /** Answers of 4xx. */
  readonly deferred: number;
}

/** One thing that must hold in the end. */
export interface DemoCheck {
  readonly holds: boolean;
  /** What holds, or what does not, with its numbers. */
  readonly text: string;
}

/** Counts the answers of a relay; the return path is what tells sends apart. */
export function relayCounts(relay: Pick<Relay, 'accepted' | 'answers'>): RelayCounts {
  const count = (digit: string): number =>
    [...relay.answers]
      .filter(([key]) => key.split(' ')[1]?.startsWith(digit) === true)
      .reduce((sum, [, times]) => sum + times, 0);
  const sends = new Set(relay.accepted.map((mail) => mail.mailFrom));
  return {
    accepted: relay.accepted.length,
    twice: relay.accepted.length - sends.size,
    refused: count('5'),
    deferred: count('4'),
  };
}

/** Everything that must add up, in the order in which it is shown. */
export function checkTotals(facts: DemoFacts): readonly DemoCheck[] {
  const { relay, history, contact } = facts;
  const { sends, entries, attempts, intake } = history;
  const ended = `${sends.accepted} accepted + ${sends.rejected} rejected`;
  return [
    same(facts.enqueuedCount, sends.accepted + sends.rejected, `sends enqueued`, ended),
    same(
      relay.accepted,
      sends.accepted,
      'mails the relay took',
      `${sends.accepted} accepted sends`,
    ),
    {
      holds: relay.twice === 0,
      text: relay.twice === 0 ? 'no mail went out twice' : `${relay.twice} mails went out twice`,
    },
    same(
      relay.refused,
      sends.rejected,
      'refusals of the relay',
      `${sends.rejected} rejected sends`,
    ),
    same(
      relay.deferred,
      attempts.deferred,
      'times it said “later”',
      `${attempts.deferred} deferred attempts`,
    ),
    same(
      facts.copiesWrittenCount,
      entries.copy,
      facts.copiesWrittenCount === 1 ? 'mail written by hand' : 'mails written by hand',
      `${entries.copy} filed by its BCC copy, ${intake.byState.quarantined} in quarantine`,
      intake.byState.quarantined === 0 && history.copyCount === entries.copy,
    ),
    same(
      entryCount(history),
      sends.accepted + sends.rejected + facts.copiesWrittenCount,
      'history entries',
      `${ended} + ${facts.copiesWrittenCount} copied`,
    ),
    same(
      contact.sendCount + facts.copiesWrittenCount,
      contact.shownSendCount + contact.shownCopyCount,
      'mails to Bob',
      `${contact.shownSendCount} sends + ${contact.shownCopyCount} copy on his timeline`,
      contact.sendCount === contact.shownSendCount,
    ),
    {
      holds: facts.eventsLeftCount === 0,
      text:
        facts.eventsLeftCount === 0
          ? 'no event waits in Redis'
          : `${facts.eventsLeftCount} events still wait in Redis`,
    },
  ];
}

/** All entries of a history, of any kind. */
export function entryCount(history: HistoryTotals): number {
  return Object.values(history.entries).reduce((sum, count) => sum + count, 0);
}

function same(left: number, right: number, what: string, of: string, also = true): DemoCheck {
  const holds = left === right && also;
  return { holds, text: `${left} ${what} ${left === right ? '=' : '≠'} ${of}` };
}
