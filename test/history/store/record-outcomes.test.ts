import { describe, expect, test } from '@jest/globals';
import { asc } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import {
  attachment,
  attempt,
  body,
  contact,
  contactAddress,
  historyEntry,
  message,
  messageParty,
  send,
} from '../../../db/sqlite/schema.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import type { OutcomeRecord } from '../../../src/history/store/record-outcomes.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import { finalStates, isFinal } from '../../../src/mail/kinds.ts';
import { contentTo, deferral, mailbox, outcome, testDatabase } from '../../support/history.ts';
import { seededRandom, type SeededRandom } from '../../support/seed.ts';

const now = 50_000_000;
const bob = 'bob@client.example';

describe('recordOutcomes', () => {
  test('one accepted send: message, content, contact, send, attempt, entry', async () => {
    const database = await testDatabase();
    const event = outcome('m1', 'Bob@Client.example');
    const content = contentTo(mailbox('bob@client.example', 'Bob Poe'));
    expect(await recordOutcomes(database, [{ event, content }], now)).toEqual({
      appended: 1,
      duplicates: 0,
      entries: 1,
      joined: 0,
    });
    const { orm } = database;
    expect(orm.select().from(message).all()).toEqual([
      expect.objectContaining({
        tenant: 'default',
        messageId: event.messageId,
        kind: 'single',
        subject: 'Your offer',
        fromAddress: 'jane@acme.example',
        fromName: 'Jane Roe',
        contentFrom: 'send',
        metadata: { deal: '17' },
      }),
    ]);
    expect(orm.select().from(messageParty).all()).toEqual([
      expect.objectContaining({ role: 'to', position: 0, address: bob, name: 'Bob Poe' }),
    ]);
    expect(orm.select().from(body).get()).toMatchObject({
      text: 'Hello,\nhere it is.\n',
      html: '<p>Hello</p>',
    });
    expect(orm.select().from(attachment).get()).toMatchObject({
      filename: 'offer.pdf',
      sizeBytes: 3,
    });
    expect(orm.select().from(contact).all()).toEqual([
      { id: 1, tenant: 'default', name: 'Bob Poe', createdAt: now },
    ]);
    expect(orm.select().from(contactAddress).get()).toMatchObject({
      address: 'Bob@Client.example',
      addressKey: bob,
    });
    expect(orm.select().from(send).get()).toMatchObject({
      sendId: event.sendId,
      recipient: 'Bob@Client.example',
      state: 'accepted',
      attemptCount: 1,
      mode: 'on-behalf',
      replyCode: 250,
      finalAt: 1_000_000,
    });
    expect(orm.select().from(historyEntry).get()).toMatchObject({
      kind: 'accepted',
      contactId: 1,
      senderAddress: 'jane@acme.example',
      senderName: 'Jane Roe',
      occurredAt: 1_000_000,
      recordedAt: now,
      payload: { sendId: event.sendId, attempt: 1, reply: { code: 250 } },
    });
  });

  test('a deferral is an attempt without an entry; the end has one; repeats change nothing', async () => {
    const database = await testDatabase();
    const first = { event: deferral('m1', bob) };
    const last = { event: outcome('m1', bob, { attempt: 2 }) };
    expect(await recordOutcomes(database, [first, first], now)).toEqual({
      appended: 1,
      duplicates: 1,
      entries: 0,
      joined: 0,
    });
    expect(database.orm.select().from(send).get()).toMatchObject({
      state: 'waiting',
      nextAt: 5_000_000,
    });
    expect((await recordOutcomes(database, [last], now)).entries).toBe(1);
    const before = rowsOf(database);
    expect(await recordOutcomes(database, [last, first], now + 1)).toEqual({
      appended: 0,
      duplicates: 2,
      entries: 0,
      joined: 0,
    });
    expect(rowsOf(database)).toEqual(before);
  });

  test('an older attempt that arrives later does not take a send back', async () => {
    const database = await testDatabase();
    await recordOutcomes(database, [{ event: outcome('m1', bob, { attempt: 2 }) }], now);
    const late = await recordOutcomes(database, [{ event: deferral('m1', bob) }], now);
    expect(late).toEqual({ appended: 1, duplicates: 0, entries: 0, joined: 0 });
    expect(database.orm.select().from(send).get()).toMatchObject({
      state: 'accepted',
      attemptCount: 2,
      nextAt: null,
    });
  });

  test('a held send has an entry each time it is held, and one for its end', async () => {
    const database = await testDatabase();
    const held = { result: 'uncertain', state: 'held' } as const;
    const events = [
      outcome('m1', bob, { ...held, attempt: 1 }),
      deferral('m1', bob, { attempt: 2 }),
      outcome('m1', bob, { ...held, attempt: 3 }),
      outcome('m1', bob, { attempt: 4 }),
      // A second end must not be, and if it is reported it adds no line.
      outcome('m1', bob, { attempt: 5, state: 'rejected', result: 'rejected' }),
    ];
    await recordOutcomes(
      database,
      events.map((event) => ({ event })),
      now,
    );
    const entries = database.orm.select().from(historyEntry).orderBy(asc(historyEntry.id)).all();
    expect(entries.map((entry) => entry.kind)).toEqual(['held', 'held', 'accepted']);
    expect(database.orm.select().from(send).get()).toMatchObject({
      state: 'accepted',
      attemptCount: 5,
    });
  });

  test('one message to several people is kept once; each is a contact with an entry', async () => {
    const database = await testDatabase();
    const content = contentTo(mailbox(bob, 'Bob'), mailbox('eve@client.example', 'Eve'));
    const events = [bob, 'eve@client.example', 'hidden@client.example'].map((recipient) =>
      outcome('m1', recipient),
    );
    await recordOutcomes(
      database,
      events.map((event) => ({ event, content })),
      now,
    );
    const { orm } = database;
    expect(orm.select().from(message).all()).toHaveLength(1);
    expect(orm.select().from(body).all()).toHaveLength(1);
    expect(orm.select().from(messageParty).all()).toHaveLength(2);
    expect(
      orm
        .select()
        .from(contact)
        .all()
        .map((row) => row.name),
    ).toEqual(['Bob', 'Eve', null]);
    expect(orm.select().from(historyEntry).all()).toHaveLength(3);
  });

  test('a contact is named by the first mail that names it, and keeps the name', async () => {
    const database = await testDatabase();
    await recordOutcomes(database, [{ event: outcome('m1', bob) }], now);
    for (const [key, name] of [
      ['m2', 'Bob'],
      ['m3', 'Bobby'],
    ] as const) {
      const content = contentTo(mailbox(bob, name));
      await recordOutcomes(database, [{ event: outcome(key, bob), content }], now);
    }
    expect(database.orm.select().from(contact).all()).toEqual([
      expect.objectContaining({ name: 'Bob' }),
    ]);
  });

  test('tenants share nothing, not even a contact with the same address', async () => {
    const database = await testDatabase();
    const events = ['acme', 'globex'].map((tenant) => ({ event: outcome('m1', bob, { tenant }) }));
    expect((await recordOutcomes(database, events, now)).entries).toBe(2);
    expect(database.orm.select().from(contact).all()).toHaveLength(2);
    expect((await historyTotals(database, 'acme')).sends.accepted).toBe(1);
    expect((await historyTotals(database)).sends.accepted).toBe(2);
  });

  test('a clock far ahead does not put a line above all others', async () => {
    const database = await testDatabase();
    await recordOutcomes(database, [{ event: outcome('m1', bob, { at: now * 1_000 }) }], now);
    expect(database.orm.select().from(historyEntry).get()?.occurredAt).toBe(now + 300_000);
  });

  test('a batch in which one event breaks a rule writes nothing at all', async () => {
    const database = await testDatabase();
    const broken = { ...outcome('m2', bob), at: null } as unknown as OutcomeRecord['event'];
    await expect(
      recordOutcomes(database, [{ event: outcome('m1', bob) }, { event: broken }], now),
    ).rejects.toMatchObject({ code: expect.stringContaining('SQLITE_CONSTRAINT') });
    expect(Object.values(rowsOf(database)).flat()).toEqual([]);
  });

  test('random orders, batches and repeats give the same rows, and one entry for each end', async () => {
    const random = seededRandom();
    const outcomes = story(random, 60);
    const expected = await recorded(outcomes, 200, random);
    const finals = new Set(
      outcomes.filter(({ event }) => isFinal(event.state)).map(({ event }) => event.sendId),
    );
    const held = outcomes.filter(({ event }) => event.state === 'held');
    expect(expected.totals.sends.waiting).toBeGreaterThan(0);
    expect(held.length).toBeGreaterThan(0);
    expect(sum(expected.totals.entries)).toBe(finals.size + held.length);
    expect(sum(finalStates.map((state) => expected.totals.sends[state]))).toBe(finals.size);
    for (let round = 0; round < 5; round += 1) {
      const repeated = [...outcomes, ...outcomes.filter(() => random.next() < 0.3)];
      const other = await recorded(shuffled(repeated, random), 1 + random.integer(40), random);
      expect(other.rows).toEqual(expected.rows);
      expect(other.totals).toEqual(expected.totals);
    }
  });
});

/** What may happen to some sends: deferrals, holds, then an end, or still waiting. */
function story(random: SeededRandom, sendCount: number): OutcomeRecord[] {
  const person = (index: number): string => `person${index % 7}@client.example`;
  const content = contentTo(
    ...[0, 1, 2, 3, 4, 5, 6].map((index) => mailbox(person(index), `Person ${index}`)),
  );
  return Array.from({ length: sendCount }, (_, index) => {
    const messageKey = `m${index % 20}`;
    const recipient = person(index);
    const events = [];
    const before = random.integer(4);
    for (let number = 1; number <= before; number += 1) {
      const isHeld = random.next() < 0.2;
      events.push(
        deferral(messageKey, recipient, {
          attempt: number,
          ...(isHeld ? { state: 'held', result: 'uncertain' } : {}),
        }),
      );
    }
    if (random.next() < 0.8 || before === 0) {
      const state = random.pick(finalStates);
      events.push(outcome(messageKey, recipient, { attempt: before + 1, state }));
    }
    return events.map((event) => ({ event, content }));
  }).flat();
}

async function recorded(
  outcomes: readonly OutcomeRecord[],
  batchSize: number,
  random: SeededRandom,
): Promise<{ rows: object; totals: Awaited<ReturnType<typeof historyTotals>> }> {
  const database = await testDatabase();
  for (let start = 0; start < outcomes.length; start += batchSize) {
    const batch = outcomes.slice(start, start + batchSize);
    // The content comes with any event of a message, as long as it comes with the first.
    const seen = database.orm.select().from(message).all();
    const stripped = batch.map((each) =>
      seen.some((row) => row.messageId === each.event.messageId) && random.next() < 0.5
        ? { event: each.event }
        : each,
    );
    await recordOutcomes(database, stripped, now);
  }
  const result = { rows: rowsOf(database), totals: await historyTotals(database) };
  await database.close();
  return result;
}

/** What is stored, without row numbers, which follow the order of arrival. */
function rowsOf(database: HistoryDatabase) {
  const { orm } = database;
  const plain = <Row extends object>(rows: readonly Row[]): unknown[] =>
    rows
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).filter(
            ([name]) => !['id', 'messageRow', 'sendRow', 'contactId'].includes(name),
          ),
        ),
      )
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    sends: plain(orm.select().from(send).all()),
    attempts: plain(orm.select().from(attempt).all()),
    entries: plain(orm.select().from(historyEntry).all()),
    contacts: plain(orm.select().from(contactAddress).all()),
    names: plain(orm.select().from(contact).all()),
    messages: plain(orm.select().from(message).all()),
    parties: plain(orm.select().from(messageParty).all()),
    bodies: plain(orm.select().from(body).all()),
  };
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function sum(counts: Readonly<Record<string, number>> | readonly number[]): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
