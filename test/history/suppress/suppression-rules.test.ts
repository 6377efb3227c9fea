import { describe, expect, test } from '@jest/globals';
import { asc } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression, suppressionAudit } from '../../../db/sqlite/schema.ts';
import { adviceOf } from '../../../src/bounces/class-policy.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { openSuppressionBook } from '../../../src/history/suppress/suppression-book.ts';
import { suppressionsOf, type Failure } from '../../../src/history/suppress/suppression-rules.ts';
import type { BounceClass } from '../../../src/mail/bounce-class.ts';
import { outcome, testDatabase } from '../../support/history.ts';
import { seededRandom } from '../../support/seed.ts';

const day = 86_400_000;
const start = 1_700_000_000_000;
const bob = 'Bob@Client.example';
const bobKey = 'bob@client.example';

/** A failed attempt with the advice that its class has for this first digit. */
const failed = (message: string, name: BounceClass, firstDigit: 4 | 5, more: object = {}) => {
  const advice = adviceOf(name, firstDigit).suppression;
  const final = firstDigit === 5;
  return outcome(message, bob, {
    result: final ? 'rejected' : 'deferred',
    state: final ? 'rejected' : 'waiting',
    at: start,
    reply: { code: firstDigit * 100 + 50, enhancedCode: `${firstDigit}.1.1`, text: 'no\u001b[2J' },
    bounce: {
      class: name,
      rule: `test.${name}`,
      ...(advice.kind === 'never' ? {} : { suppression: advice }),
    },
    ...more,
  });
};

const record = async (
  database: HistoryDatabase,
  events: readonly ReturnType<typeof outcome>[],
  now = start + 1_000,
) => {
  for (const event of events) await recordOutcomes(database, [{ event }], now);
};

const rowsOf = ({ orm }: HistoryDatabase) =>
  orm.select().from(suppression).orderBy(asc(suppression.id)).all();
const auditOf = ({ orm }: HistoryDatabase) =>
  orm
    .select({ action: suppressionAudit.action, actor: suppressionAudit.actor })
    .from(suppressionAudit)
    .orderBy(asc(suppressionAudit.id))
    .all();

describe('a failed attempt', () => {
  test('of a class that says so suppresses the address, with what was said, once', async () => {
    const database = await testDatabase();
    const event = failed('m1', 'user_unknown', 5);
    await record(database, [event, event, failed('m2', 'user_unknown', 5)]);
    expect(rowsOf(database)).toEqual([
      expect.objectContaining({
        tenant: 'default',
        kind: 'address',
        addressKey: bobKey,
        senderKey: '',
        domain: '',
        reason: 'user_unknown',
        source: event.eventId,
        evidence: '[test.user_unknown] 550 5.1.1 no [2J',
        createdAt: start,
        expiresAt: null,
        removedAt: null,
        domainCheckAt: null,
      }),
    ]);
    expect(auditOf(database)).toEqual([{ action: 'added', actor: 'reply' }]);
  });

  test.each([
    ['mailbox_inactive', { kind: 'address', expiresAt: start + 90 * day }],
    ['recipient_refused', { kind: 'pair', senderKey: 'jane@acme.example', expiresAt: null }],
    ['domain_unknown', { kind: 'address', domainCheckAt: start + 1_000, expiresAt: null }],
    ['suppressed', { kind: 'address', expiresAt: null }],
    ['complaint', { kind: 'address', expiresAt: null }],
  ] as const)('%s suppresses whom its row names, for as long', async (name, row) => {
    const database = await testDatabase();
    await record(database, [failed('m1', name, 5)]);
    expect(rowsOf(database)).toMatchObject([{ addressKey: bobKey, reason: name, ...row }]);
  });

  test.each([
    'spam_content',
    'greylisted',
    'blocklisted',
    'policy',
    'rate_limited',
    'auth_failed',
    'unknown',
    'expired',
  ] as const)('%s suppresses nobody', async (name) => {
    const database = await testDatabase();
    await record(database, [failed('m1', name, 5), failed('m2', name, 4)]);
    expect(rowsOf(database)).toEqual([]);
  });

  test('an end without an attempt, by our own list, does not make the list longer', async () => {
    const database = await testDatabase();
    const { result: _none, ...event } = failed('m1', 'suppressed', 5, { state: 'suppressed' });
    await record(database, [event]);
    expect(rowsOf(database)).toEqual([]);
  });

  test('a pair needs a sender, and holds for that one only', async () => {
    const database = await testDatabase();
    const { from: _unknown, ...event } = failed('m1', 'recipient_refused', 5);
    await record(database, [
      event,
      failed('m2', 'recipient_refused', 5, { from: 'Tom@acme.example' }),
    ]);
    expect(rowsOf(database)).toMatchObject([{ kind: 'pair', senderKey: 'tom@acme.example' }]);
  });

  test('tenants are apart', async () => {
    const database = await testDatabase();
    await record(database, [
      failed('m1', 'user_unknown', 5),
      failed('m1', 'user_unknown', 5, { tenant: 'acme' }),
    ]);
    expect(rowsOf(database).map((row) => row.tenant)).toEqual(['default', 'acme']);
  });

  test('a later end raises an entry, an earlier one leaves it', async () => {
    const database = await testDatabase();
    const at = (days: number) => ({ at: start + days * day });
    await record(database, [failed('m1', 'mailbox_inactive', 5, at(2))], start + 2 * day);
    await record(database, [failed('m2', 'mailbox_inactive', 5, at(1))], start + 2 * day);
    expect(rowsOf(database)).toMatchObject([{ expiresAt: start + 92 * day }]);
    await record(database, [failed('m3', 'mailbox_inactive', 5, at(3))], start + 3 * day);
    await record(database, [failed('m4', 'user_unknown', 5, at(3))], start + 3 * day);
    await record(database, [failed('m5', 'mailbox_inactive', 5, at(4))], start + 4 * day);
    expect(rowsOf(database)).toMatchObject([{ expiresAt: null, reason: 'user_unknown' }]);
    expect(auditOf(database).map((line) => line.action)).toEqual(['added', 'raised', 'raised']);
  });

  test('a complaint takes the place of a bounce, and nothing takes its place', async () => {
    const database = await testDatabase();
    const events = (['user_unknown', 'complaint', 'suppressed'] as const).map((name, index) =>
      failed(`m${index}`, name, 5),
    );
    await record(database, events);
    expect(rowsOf(database)).toMatchObject([{ reason: 'complaint', expiresAt: null }]);
  });

  test('what was over before it was told suppresses nobody', async () => {
    const database = await testDatabase();
    await record(database, [failed('m1', 'mailbox_inactive', 5)], start + 91 * day);
    expect(rowsOf(database)).toEqual([]);
  });

  test('what happened before an entry was removed does not bring it back, what comes after does', async () => {
    const database = await testDatabase();
    await record(database, [failed('m1', 'user_unknown', 5)]);
    const scope = { kind: 'address', address: bobKey } as const;
    database.write((transaction) =>
      openSuppressionBook(transaction).remove('default', scope, { name: 'ann', at: start + day }),
    );
    await record(
      database,
      [failed('m2', 'user_unknown', 5, { at: start + day - 1 })],
      start + 2 * day,
    );
    expect(rowsOf(database).filter((row) => row.removedAt === null)).toEqual([]);
    await record(
      database,
      [failed('m3', 'user_unknown', 5, { at: start + day + 1 })],
      start + 2 * day,
    );
    expect(rowsOf(database).filter((row) => row.removedAt === null)).toHaveLength(1);
    expect(auditOf(database)).toEqual([
      { action: 'added', actor: 'reply' },
      { action: 'removed', actor: 'ann' },
      { action: 'added', actor: 'reply' },
    ]);
  });
});

describe('classes that count', () => {
  const full = (message: string, days: number, more: object = {}) =>
    failed(message, 'mailbox_full', 4, { at: start + days * day, ...more });
  const later = start + 15 * day;

  test('three messages within the window suppress until so long after the last; attempts of one send count once', async () => {
    const database = await testDatabase();
    await record(
      database,
      [1, 2, 3, 4].map((attempt) => full('m1', attempt, { attempt })),
      later,
    );
    await record(database, [full('m2', 5)], later);
    expect(rowsOf(database)).toEqual([]);
    await record(database, [full('m3', 6)], later);
    expect(rowsOf(database)).toMatchObject([
      { kind: 'address', reason: 'mailbox_full', expiresAt: start + 36 * day },
    ]);
  });

  test('three messages over more than the window do not', async () => {
    const database = await testDatabase();
    await record(database, [full('m1', 0), full('m2', 7), full('m3', 14)], later);
    expect(rowsOf(database)).toEqual([]);
    await record(database, [full('m4', 15)], later);
    expect(rowsOf(database)).toHaveLength(1);
  });

  test('classes count apart, and so do addresses', async () => {
    const database = await testDatabase();
    await record(
      database,
      [
        full('m1', 0),
        full('m2', 1),
        failed('m3', 'mailbox_inactive', 4, { at: start }),
        { ...full('m4', 1), recipient: 'eve@client.example' },
      ],
      later,
    );
    expect(rowsOf(database)).toEqual([]);
  });

  test('messages from before an entry was removed count no more', async () => {
    const database = await testDatabase();
    await record(database, [full('m1', 0), full('m2', 1), full('m3', 2)], later);
    const scope = { kind: 'address', address: bobKey } as const;
    database.write((transaction) =>
      openSuppressionBook(transaction).remove('default', scope, {
        name: 'ann',
        at: start + 3 * day,
      }),
    );
    await record(database, [full('m4', 4), full('m5', 5)], later);
    expect(rowsOf(database).filter((row) => row.removedAt === null)).toEqual([]);
    await record(database, [full('m6', 6)], later);
    expect(rowsOf(database).filter((row) => row.removedAt === null)).toHaveLength(1);
  });

  test('in whatever order messages are told, the same is suppressed until the same day', async () => {
    const random = seededRandom();
    const database = await testDatabase();
    for (let round = 0; round < 20; round += 1) {
      const events = Array.from({ length: 6 }, (_, index) => full(`m${index}`, random.integer(28)));
      const ends: unknown[] = [];
      for (const order of [events, events.toReversed(), [...events, ...events]]) {
        const tenant = `t${round}.${ends.length}`;
        const outcomes = order.map((event) => ({ event: { ...event, tenant } }));
        await recordOutcomes(database, outcomes, start + 28 * day);
        const rows = rowsOf(database).filter((row) => row.tenant === tenant);
        ends.push(rows.map((row) => [row.addressKey, row.expiresAt]));
      }
      expect(ends[1]).toEqual(ends[0]);
      expect(ends[2]).toEqual(ends[0]);
    }
  });
});

describe('a notice', () => {
  const told = async (
    database: HistoryDatabase,
    name: BounceClass,
    more: Partial<Failure> = {},
  ): Promise<void> => {
    const failure: Failure = {
      tenant: 'default',
      recipient: bob,
      sender: 'jane@acme.example',
      class: name,
      suppression: adviceOf(name, 5).suppression,
      certain: true,
      source: 'notice:1',
      at: start,
      ...more,
    };
    database.write((transaction) => suppressionsOf(transaction, failure, start));
    return Promise.resolve();
  };

  test('of a certain send suppresses as a reply does', async () => {
    const database = await testDatabase();
    await told(database, 'user_unknown', { sendId: 'x' });
    expect(rowsOf(database)).toMatchObject([{ reason: 'user_unknown', source: 'notice:1' }]);
    expect(auditOf(database)).toEqual([{ action: 'added', actor: 'notice' }]);
  });

  test('that is not certain only counts: three of them suppress', async () => {
    const database = await testDatabase();
    await told(database, 'user_unknown', { certain: false });
    await told(database, 'user_unknown', { certain: false });
    await told(database, 'user_unknown', { certain: false, source: 'notice:2' });
    expect(rowsOf(database)).toEqual([]);
    await told(database, 'user_unknown', { certain: false, source: 'notice:3' });
    expect(rowsOf(database)).toMatchObject([{ kind: 'address', reason: 'user_unknown' }]);
  });

  test('a complaint suppresses always, also without advice and certainty', async () => {
    const database = await testDatabase();
    await told(database, 'complaint', { certain: false, suppression: { kind: 'never' } });
    expect(rowsOf(database)).toMatchObject([{ reason: 'complaint', expiresAt: null }]);
  });
});
