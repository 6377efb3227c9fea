import { describe, expect, test } from '@jest/globals';
import { recordIntake } from '../../../src/history/store/record-intake.ts';
import { takeLease } from '../../../src/history/store/mailbox-lease.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { addSender } from '../../../src/history/store/senders.ts';
import { timelineOf, type TimelineCursor } from '../../../src/history/store/timeline.ts';
import type { TimelineLine } from '../../../src/history/store/timeline-line.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { contentTo, deferral, mailbox, outcome, testDatabase } from '../../support/history.ts';
import { seededRandom } from '../../support/seed.ts';

const now = 50_000_000;
const bob = mailbox('bob@client.example', 'Bob Poe');
const ofBob = { tenant: 'default', address: bob.address };

describe('timelineOf', () => {
  test('is undefined for an address that nobody has', async () => {
    const database = await testDatabase();
    await recordOutcomes(database, [{ event: outcome('m1', bob.address) }], now);
    expect(await timelineOf(database, { ...ofBob, tenant: 'globex' })).toBeUndefined();
    const stranger = 'x@y.example' as EmailAddress;
    expect(await timelineOf(database, { ...ofBob, address: stranger })).toBeUndefined();
  });

  test('shows copies, ends, holds and what waits, newest first, with all that belongs to them', async () => {
    const database = await testDatabase();
    const { sender } = await addSender(
      database,
      { tenant: 'default', name: 'Jane Roe', address: 'jane@acme.example' as EmailAddress },
      () => 'a-token',
      now,
    );
    const content = contentTo(bob);
    await recordOutcomes(
      database,
      [
        { event: deferral('offer', bob.address, { at: 1_000 }), content },
        { event: outcome('offer', bob.address, { attempt: 2, at: 2_000 }) },
        { event: deferral('later', bob.address, { at: 3_000 }), content },
        {
          event: outcome('refused', bob.address, {
            at: 5_000,
            state: 'rejected',
            result: 'rejected',
            reply: { code: 550, enhancedCode: '5.1.1', text: 'User unknown' },
          }),
          content,
        },
      ],
      now,
    );
    const lease = await takeLease(database, 'box', 'me', 1_000, now);
    if (lease === undefined) throw new Error('the lease is free');
    const copy = {
      from: [mailbox('jane@acme.example', 'Jane Roe')],
      to: [bob],
      cc: [],
      subject: 'Lunch?',
      messageIdHeader: '<1@acme.example>',
      headerDateMs: 3_999,
      attachments: [
        { filename: 'menu.pdf', contentType: 'application/pdf', sizeBytes: 9, sha256: 'ff' },
      ],
    };
    await recordIntake(
      database,
      [
        {
          epoch: { account: 'box', path: 'INBOX', uidValidity: '1' },
          uid: 1,
          internalDateMs: 4_000,
          sizeBytes: 1,
          verdict: {
            kind: 'copy',
            tenant: 'default',
            senderId: sender.senderId,
            rule: 'x-original-to',
            contentKey: 'key',
            copy,
            contacts: [bob],
          },
        },
      ],
      lease,
      now,
    );

    const timeline = await timelineOf(database, {
      ...ofBob,
      address: 'BOB@client.example' as EmailAddress,
    });
    expect(timeline?.contact).toEqual({
      contactId: 1,
      name: 'Bob Poe',
      addresses: ['bob@client.example'],
    });
    expect(timeline?.next).toBeUndefined();
    const [refused, lunch, later, offer, ...more] = timeline?.lines ?? [];
    expect(more).toEqual([]);
    expect(refused).toMatchObject({
      kind: 'send',
      state: 'rejected',
      at: 5_000,
      recipient: 'bob@client.example',
      subject: 'Your offer',
      senderAddress: 'jane@acme.example',
      senderName: 'Jane Roe',
      mode: 'on-behalf',
      route: 'main',
      attemptCount: 1,
      reply: { code: 550, enhancedCode: '5.1.1', text: 'User unknown' },
    });
    expect(lunch).toEqual({
      kind: 'copy',
      at: 4_000,
      messageRow: expect.any(Number),
      subject: 'Lunch?',
      senderAddress: 'jane@acme.example',
      senderName: 'Jane Roe',
      messageIdHeader: '<1@acme.example>',
      headerDate: 3_999,
      attachments: copy.attachments,
      broughtBy: [{ senderAddress: 'jane@acme.example', rule: 'x-original-to' }],
    });
    expect(later).toMatchObject({ kind: 'send', state: 'waiting', at: 3_000, nextAt: 5_000_000 });
    expect(offer).toMatchObject({
      state: 'accepted',
      at: 2_000,
      attemptCount: 2,
      reply: { code: 250 },
      attempts: [
        { attempt: 1, result: 'deferred', state: 'waiting', at: 1_000, reply: { code: 451 } },
        { attempt: 2, result: 'accepted', state: 'accepted', at: 2_000, reply: { code: 250 } },
      ],
    });
  });

  test('a send that was held and then went out is two lines; each tells what was known then', async () => {
    const database = await testDatabase();
    await recordOutcomes(
      database,
      [
        {
          event: outcome('m1', bob.address, {
            state: 'held',
            result: 'uncertain',
            reason: 'connection lost after the body',
            at: 1_000,
          }),
        },
        { event: outcome('m1', bob.address, { attempt: 2, at: 2_000 }) },
      ],
      now,
    );
    const lines = (await timelineOf(database, ofBob))?.lines ?? [];
    expect(lines).toMatchObject([
      { state: 'accepted', attemptCount: 2 },
      { state: 'held', attemptCount: 1, reason: 'connection lost after the body' },
    ]);
    expect(lines[0]).not.toHaveProperty('reason');
  });

  test('pages of any size hold every line once, in order, also where times are equal', async () => {
    const random = seededRandom();
    const database = await testDatabase();
    const events = Array.from({ length: 60 }, (_, index) => {
      const at = 1_000 * random.integer(8);
      return random.next() < 0.3
        ? deferral(`m${index}`, bob.address, { at })
        : outcome(`m${index}`, bob.address, { at });
    });
    await recordOutcomes(
      database,
      events.map((event) => ({ event })),
      now,
    );
    const all = (await timelineOf(database, { ...ofBob, limit: 1_000 }))?.lines ?? [];
    expect(all).toHaveLength(60);
    expect(all.map((line) => line.at)).toEqual(
      events.map((event) => event.at).toSorted((a, b) => b - a),
    );
    for (const limit of [1, 7, 59, 60]) {
      const paged: TimelineLine[] = [];
      let before: TimelineCursor | undefined;
      do {
        const query = { ...ofBob, limit, ...(before === undefined ? {} : { before }) };
        const page = await timelineOf(database, query);
        paged.push(...(page?.lines ?? []));
        before = page?.next;
      } while (before !== undefined);
      expect(paged).toEqual(all);
    }
  });

  test('the first page of a long timeline is read through its indexes', async () => {
    const database = await testDatabase();
    const plans: string[] = [];
    const original = database.orm.$client.prepare.bind(database.orm.$client);
    database.orm.$client.prepare = ((text: string) => {
      if (text.startsWith('select')) {
        const values = Array.from(text.matchAll(/\?/g), () => 1);
        const rows = original(`explain query plan ${text}`).all(...values);
        plans.push(...rows.map((row) => (row as { detail: string }).detail));
      }
      return original(text);
    }) as typeof original;
    await recordOutcomes(database, [{ event: outcome('m1', bob.address) }], now);
    plans.length = 0;
    const before = { at: 9_000_000, source: 'entry', id: 9 } as const;
    await timelineOf(database, { ...ofBob, before });
    expect(plans.length).toBeGreaterThan(5);
    expect(plans.filter((plan) => /^SCAN|TEMP B-TREE/.test(plan))).toEqual([]);
    const jump = 'history_entry_timeline (contact_id=? AND occurred_at<?)';
    expect(plans).toContainEqual(expect.stringContaining(jump));
    expect(plans).toContainEqual(expect.stringContaining('send_waiting'));
  });
});
