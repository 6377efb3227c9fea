import { describe, expect, test } from '@jest/globals';
import { historyEntry, intake, message, messageParty } from '../../../db/sqlite/schema.ts';
import type { IntakeVerdict } from '../../../src/history/intake-verdict.ts';
import { recordIntake } from '../../../src/history/store/record-intake.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { addSender } from '../../../src/history/store/senders.ts';
import { timelineOf } from '../../../src/history/store/timeline.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { formatMessageId } from '../../../src/mail/message-id.ts';
import { contentTo, outcome } from '../../support/history.ts';
import { bob, copyVerdict, eve, intakeRecord, intakeWorld, now } from '../../support/intake.ts';

describe('copies of our own sends', () => {
  test.each(['the copy first', 'the events first'])(
    'a copy of our own send joins its message: %s',
    async (order) => {
      const { database, lease } = await intakeWorld();
      const event = outcome('m1', bob.address);
      const verdict: IntakeVerdict = {
        kind: 'own-send',
        tenant: 'default',
        messageId: event.messageId,
        contentKey: 'key-1',
      };
      const takeCopy = async (): Promise<void> => {
        expect(await recordIntake(database, [intakeRecord(5, verdict)], lease, now)).toEqual([
          'own-send',
        ]);
      };
      const takeEvent = async (): Promise<void> => {
        await recordOutcomes(database, [{ event, content: contentTo(bob) }], now);
      };
      if (order === 'the copy first') {
        await takeCopy();
        await takeEvent();
      } else {
        await takeEvent();
        await takeCopy();
      }
      const rows = database.orm.select().from(message).all();
      expect(rows).toEqual([
        expect.objectContaining({ kind: 'single', subject: 'Your offer', contentFrom: 'send' }),
      ]);
      expect(database.orm.select().from(intake).get()?.messageRow).toBe(rows[0]?.id);
      const entries = database.orm.select().from(historyEntry).all();
      expect(entries.map((entry) => entry.kind)).toEqual(['accepted']);
    },
  );

  test('a copy with the Message-ID of a message we sent is our own send', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const event = outcome('m1', bob.address);
    await recordOutcomes(database, [{ event, content: contentTo(bob) }], now);
    const header = formatMessageId(event.messageId, 'acme.example');
    const verdict = copyVerdict(senderId, { messageIdHeader: header });
    expect(await recordIntake(database, [intakeRecord(5, verdict)], lease, now)).toEqual([
      'own-send',
    ]);
    // The id of another tenant's message proves nothing here.
    const foreign = await addSender(
      database,
      { tenant: 'globex', name: 'Kim', address: 'kim@globex.example' as EmailAddress },
      () => 'third-token',
      now,
    );
    const stolen = { ...verdict, tenant: 'globex', senderId: foreign.sender.senderId };
    expect(await recordIntake(database, [intakeRecord(6, stolen)], lease, now)).toEqual(['done']);
  });

  test('a copy with an id of ours that arrives before its events is joined when they come', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const event = outcome('m1', bob.address);
    const header = formatMessageId(event.messageId, 'acme.example');
    const verdict = copyVerdict(senderId, { messageIdHeader: header });
    expect(await recordIntake(database, [intakeRecord(5, verdict)], lease, now)).toEqual(['done']);
    await recordOutcomes(database, [{ event, content: contentTo(bob) }], now);
    expect(database.orm.select().from(message).all()).toEqual([
      expect.objectContaining({
        kind: 'single',
        subject: 'Your offer',
        contentFrom: 'send',
        contentKey: 'key-1',
      }),
    ]);
    expect(database.orm.select().from(messageParty).all()).toHaveLength(1);
    const ofBob = await timelineOf(database, { tenant: 'default', address: bob.address });
    expect(ofBob?.lines.map((line) => line.kind)).toEqual(['send']);
    // Eve was in the copy only: for her it is the one line there is.
    const ofEve = await timelineOf(database, { tenant: 'default', address: eve.address });
    expect(ofEve?.lines.map((line) => line.kind)).toEqual(['copy']);
  });

  test('two different mails that claim the same id of our form are both kept', async () => {
    const { database, lease, senderId } = await intakeWorld();
    const header = formatMessageId(outcome('m1', 'x').messageId, 'acme.example');
    const first = copyVerdict(senderId, { messageIdHeader: header });
    const second = { ...first, contentKey: 'key-2' };
    const batch = [intakeRecord(5, first), intakeRecord(6, second)];
    expect(await recordIntake(database, batch, lease, now)).toEqual(['done', 'done']);
    expect(database.orm.select().from(message).all()).toHaveLength(2);
  });
});
