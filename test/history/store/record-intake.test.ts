import { describe, expect, test } from '@jest/globals';
import {
  contact,
  historyEntry,
  intake,
  message,
  messageSender,
} from '../../../db/sqlite/schema.ts';
import {
  countIntake,
  markMoved,
  readCursor,
  readIntakeStates,
} from '../../../src/history/store/intake-states.ts';
import { releaseLease, takeLease } from '../../../src/history/store/mailbox-lease.ts';
import { recordIntake } from '../../../src/history/store/record-intake.ts';
import { addSender } from '../../../src/history/store/senders.ts';
import { timelineOf } from '../../../src/history/store/timeline.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import {
  bob,
  copyVerdict,
  inbox,
  intakeRecord,
  intakeWorld,
  now,
  quarantinedVerdict,
} from '../../support/intake.ts';

describe('recordIntake', () => {
  test('a copy becomes a message with an entry for each contact, and the cursor moves', async () => {
    const { database, lease, senderId } = await intakeWorld();
    expect(
      await recordIntake(database, [intakeRecord(5, copyVerdict(senderId))], lease, now),
    ).toEqual(['done']);
    const { orm } = database;
    expect(orm.select().from(message).get()).toMatchObject({
      kind: 'copy',
      contentKey: 'key-1',
      subject: 'Lunch?',
      messageIdHeader: '<1@acme.example>',
      headerDate: 900,
      occurredAt: 1_000,
      sizeBytes: 2_000,
      contentFrom: 'copy',
    });
    const entries = orm.select().from(historyEntry).all();
    expect(entries).toEqual([
      expect.objectContaining({
        kind: 'copy',
        senderAddress: 'jane@acme.example',
        occurredAt: 1_000,
      }),
      expect.objectContaining({ kind: 'copy' }),
    ]);
    expect(
      orm
        .select()
        .from(contact)
        .all()
        .map((row) => row.name),
    ).toEqual(['Bob Poe', null]);
    expect(await readCursor(database, inbox)).toBe(5);
    expect(await readCursor(database, { ...inbox, uidValidity: '8' })).toBe(0);
    expect(await readIntakeStates(database, inbox, [4, 5, 6])).toEqual(new Map([[5, 'done']]));
  });

  test('a UID that is recorded keeps its state, whatever is said of it now', async () => {
    const { database, lease, senderId } = await intakeWorld();
    await recordIntake(database, [intakeRecord(5, quarantinedVerdict())], lease, now);
    expect(
      await recordIntake(database, [intakeRecord(5, copyVerdict(senderId))], lease, now),
    ).toEqual(['quarantined']);
    expect(database.orm.select().from(historyEntry).all()).toEqual([]);
    expect(database.orm.select().from(intake).get()).toMatchObject({
      state: 'quarantined',
      reason: 'unknown-token',
      detail: 'no sender has this dropbox address',
      fromAddress: 'mallory@evil.example',
      tenant: null,
    });
  });

  test('another delivery of the same mail is a duplicate, in this epoch, the next, and one batch', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const next = { ...inbox, uidValidity: '8' };
    const verdict = copyVerdict(senderId);
    expect(
      await recordIntake(
        database,
        [intakeRecord(5, verdict), intakeRecord(6, verdict)],
        lease,
        now,
      ),
    ).toEqual(['done', 'duplicate']);
    const again = { ...intakeRecord(1, verdict), epoch: next };
    expect(await recordIntake(database, [again], lease, now)).toEqual(['duplicate']);
    expect(database.orm.select().from(historyEntry).all()).toHaveLength(2);
    expect(database.orm.select().from(messageSender).all()).toHaveLength(1);
    expect(await countIntake(database)).toEqual({
      byState: { done: 1, duplicate: 2, 'own-send': 0, quarantined: 0 },
      unmovedCount: 3,
    });
  });

  test("a second sender's dropbox adds her to the message, and no entry", async () => {
    const { database, lease, senderId } = await intakeWorld();
    const second = await addSender(
      database,
      { tenant: 'default', name: 'Max', address: 'max@acme.example' as EmailAddress },
      () => 'second-token',
      now,
    );
    const other = copyVerdict(second.sender.senderId);
    await recordIntake(
      database,
      [intakeRecord(5, copyVerdict(senderId)), intakeRecord(6, other)],
      lease,
      now,
    );
    expect(database.orm.select().from(historyEntry).all()).toHaveLength(2);
    const timeline = await timelineOf(database, { tenant: 'default', address: bob.address });
    expect(timeline?.lines).toEqual([
      expect.objectContaining({
        kind: 'copy',
        broughtBy: [
          { senderAddress: 'jane@acme.example', rule: 'delivered-to' },
          { senderAddress: 'max@acme.example', rule: 'delivered-to' },
        ],
      }),
    ]);
  });

  test('two addresses of one contact in a copy are one entry', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const shouting = { address: 'BOB@client.example' as EmailAddress };
    const verdict = { ...copyVerdict(senderId), contacts: [bob, shouting] };
    await recordIntake(database, [intakeRecord(5, verdict)], lease, now);
    expect(database.orm.select().from(historyEntry).all()).toHaveLength(1);
  });

  test('who lost the lease writes nothing', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const successor = await takeLease(database, lease.mailbox, 'other', 1_000, now + 100_000);
    expect(successor?.fencingToken).toBe(lease.fencingToken + 1);
    await expect(
      recordIntake(database, [intakeRecord(5, copyVerdict(senderId))], lease, now),
    ).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await readCursor(database, inbox)).toBe(0);
    expect(database.orm.select().from(message).all()).toEqual([]);
    // Giving back a lease that was lost must not take it from its new holder.
    await releaseLease(database, lease);
    expect(await takeLease(database, lease.mailbox, 'third', 1_000, now + 100_001)).toBeUndefined();
  });

  test('a batch in which one record fails writes nothing, and moves no cursor', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const ofNobody = { ...copyVerdict(senderId + 1), contentKey: 'key-2' };
    await expect(
      recordIntake(
        database,
        [intakeRecord(5, copyVerdict(senderId)), intakeRecord(6, ofNobody)],
        lease,
        now,
      ),
    ).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' });
    expect(await readCursor(database, inbox)).toBe(0);
    expect((await historyTotals(database)).entries.copy).toBe(0);
  });

  test('moved mails are noted once; the cursor never goes back', async () => {
    const { database, lease, senderId } = await intakeWorld();
    await recordIntake(
      database,
      [intakeRecord(9, copyVerdict(senderId)), intakeRecord(3, quarantinedVerdict())],
      lease,
      now,
    );
    expect(await readCursor(database, inbox)).toBe(9);
    await markMoved(database, inbox, [9, 77], now);
    await markMoved(database, inbox, [9], now + 5);
    await markMoved(database, { ...inbox, path: 'Other' }, [3], now);
    const rows = database.orm.select().from(intake).all();
    expect(rows.map((row) => [row.uid, row.movedAt])).toEqual([
      [9, now],
      [3, null],
    ]);
    expect((await countIntake(database)).unmovedCount).toBe(1);
    expect((await countIntake(database, 'default')).byState.quarantined).toBe(0);
  });

  test('a date far ahead is brought near the clock', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const future = { ...intakeRecord(5, copyVerdict(senderId)), internalDateMs: now * 1_000 };
    await recordIntake(database, [future], lease, now);
    expect(database.orm.select().from(historyEntry).get()?.occurredAt).toBe(now + 300_000);
  });
});
