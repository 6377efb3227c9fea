import { describe, expect, test } from '@jest/globals';
import { checkTotals, entryCount, relayCounts } from '../../src/demo/demo-totals.ts';
import type { DemoFacts } from '../../src/demo/demo-totals.ts';
import type { HistoryTotals } from '../../src/history/store/totals.ts';
import '../support/leftovers.ts';

const none = { accepted: 0, rejected: 0, expired: 0, suppressed: 0, cancelled: 0, held: 0 };

const noNotices = { bounced: 0, delayed: 0, complained: 0, 'auto-replied': 0 };

const history: HistoryTotals = {
  sends: { ...none, accepted: 9, rejected: 1, waiting: 0 },
  entries: { ...none, ...noNotices, accepted: 9, rejected: 1, copy: 1 },
  copyCount: 1,
  attempts: { accepted: 9, rejected: 1, deferred: 3, uncertain: 0 },
  intake: {
    byState: { done: 1, duplicate: 0, 'own-send': 0, quarantined: 0 },
    unmovedCount: 0,
  },
  notices: {
    byKind: noNotices,
    waiting: { count: 0 },
    feedbackDue: 0,
    forged: { count: 0, lastTenMinutes: 0, isBurst: false },
  },
};

const facts: DemoFacts = {
  enqueuedCount: 10,
  copiesWrittenCount: 1,
  relay: { accepted: 9, twice: 0, refused: 1, deferred: 3 },
  history,
  eventsLeftCount: 0,
  contact: { sendCount: 3, shownSendCount: 3, shownCopyCount: 1 },
};

describe('checkTotals', () => {
  test('holds when everything adds up', () => {
    const checks = checkTotals(facts);
    expect(checks.filter((check) => !check.holds)).toEqual([]);
    expect(checks[0]?.text).toBe('10 sends enqueued = 9 accepted + 1 rejected');
  });

  const broken: readonly (readonly [string, Partial<DemoFacts>])[] = [
    ['a send is missing', { enqueuedCount: 11 }],
    ['the relay took one more', { relay: { ...facts.relay, accepted: 10 } }],
    ['a mail went out twice', { relay: { ...facts.relay, twice: 1 } }],
    ['a refusal is missing', { relay: { ...facts.relay, refused: 2 } }],
    ['a deferral is missing', { relay: { ...facts.relay, deferred: 4 } }],
    ['an event is left', { eventsLeftCount: 1 }],
    ['a send is not on the timeline', { contact: { ...facts.contact, shownSendCount: 2 } }],
    [
      'the copy stands in for a send',
      { contact: { sendCount: 3, shownSendCount: 2, shownCopyCount: 2 } },
    ],
    [
      'the copy is in quarantine',
      {
        history: {
          ...history,
          intake: { ...history.intake, byState: { ...history.intake.byState, quarantined: 1 } },
        },
      },
    ],
    [
      'the copy has no entry',
      { history: { ...history, entries: { ...history.entries, copy: 0 } } },
    ],
    ['a send is held', { history: { ...history, entries: { ...history.entries, held: 1 } } }],
  ];
  test.each(broken)('does not hold when %s', (_what, change) => {
    expect(checkTotals({ ...facts, ...change }).some((check) => !check.holds)).toBe(true);
  });

  test('says which numbers differ', () => {
    const texts = checkTotals({ ...facts, enqueuedCount: 11 })
      .filter((check) => !check.holds)
      .map((check) => check.text);
    expect(texts).toEqual(['11 sends enqueued ≠ 9 accepted + 1 rejected']);
  });
});

test('counts what a relay answered', () => {
  const mail = (mailFrom: string) => ({
    mailFrom,
    rcptTo: [],
    message: Buffer.alloc(0),
    at: 0,
    connection: 1,
  });
  const answers = new Map([
    ['connect 220', 4],
    ['rcpt 451', 2],
    ['mail 421', 1],
    ['rcpt 550', 5],
    ['data 554', 1],
    ['data 250', 3],
  ]);
  expect(relayCounts({ accepted: [mail('a'), mail('b'), mail('a')], answers })).toEqual({
    accepted: 3,
    twice: 1,
    refused: 6,
    deferred: 3,
  });
});

test('counts entries of all kinds', () => {
  expect(entryCount(history)).toBe(11);
});
