import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { send } from '../../../db/sqlite/schema.ts';
import { historyTotals } from '../../../src/history/store/totals.ts';
import { deferral, outcome } from '../../support/history.ts';
import { noticeResult, now } from '../../support/intake.ts';
import '../../support/leftovers.ts';
import { bob, eve, noticeMail, noticeWorld, toBob, toEve } from './notice-world.ts';

const tenant = 'default';

describe('a notice with a proven return path', () => {
  test('is one entry on the timeline of its send, and the latest word on it', async () => {
    const { database, record, addEvents, lines, rows } = await noticeWorld();
    await addEvents(toBob);
    expect(await record(noticeMail({ sendId: toBob.sendId }))).toEqual(['done']);
    expect(await lines()).toMatchObject([
      {
        kind: 'notice',
        notice: 'bounced',
        sendId: toBob.sendId,
        recipient: bob,
        subject: 'Your offer',
        senderName: 'Jane Roe',
        class: 'user_unknown',
        rule: 'general.user-unknown',
        confidence: 0.9,
        code: 550,
        enhancedCode: '5.1.1',
        diagnostic: '550 5.1.1 no such user',
        remoteMta: 'mx.client.example',
        resolution: 'return-path',
        certainty: 'certain',
      },
      { kind: 'send', state: 'accepted' },
    ]);
    expect(rows()).toMatchObject([
      { tenant, sendId: toBob.sendId, kind: 'bounced', sizeBytes: 2_000, receivedAt: 1_000 },
    ]);
    expect(database.orm.select().from(send).get()).toMatchObject({
      state: 'accepted',
      noticeKind: 'bounced',
      noticeClass: 'user_unknown',
      noticeAt: 1_000,
    });
    expect(database.orm.all(sql`select state, rule, tenant, content_key from intake`)).toEqual([
      { state: 'done', rule: 'return-path', tenant, content_key: expect.any(String) },
    ]);
  });

  test('stands above its send although the server told its time to the second', async () => {
    const { record, addEvents, lines } = await noticeWorld();
    await addEvents({ ...toBob, at: 1_999 });
    await record(noticeMail({ sendId: toBob.sendId }));
    expect((await lines()).map(({ kind, at }) => [kind, at])).toEqual([
      ['notice', 1_999],
      ['send', 1_999],
    ]);
  });

  test('waits for its send, and is joined by the first event, whatever that is', async () => {
    const { database, record, addEvents, lines, rows } = await noticeWorld();
    expect(await record(noticeMail({ sendId: toBob.sendId }))).toEqual(['done']);
    expect(rows()).toMatchObject([{ tenant: null, sendRow: null }]);
    expect((await historyTotals(database)).notices.waiting).toEqual({ count: 1, oldestAt: now });
    expect(await addEvents(deferral('offer', bob), outcome('other', bob))).toEqual({
      appended: 2,
      duplicates: 0,
      entries: 2,
      joined: 1,
    });
    expect(rows()).toMatchObject([{ tenant, sendRow: expect.any(Number) }]);
    expect((await historyTotals(database)).notices.waiting).toEqual({ count: 0 });
    expect((await lines()).filter(({ kind }) => kind === 'notice')).toMatchObject([
      { sendId: toBob.sendId, notice: 'bounced' },
    ]);
    // Later events of the send find nothing that waits.
    const later = await addEvents({ ...toBob, attempt: 2, eventId: `${toBob.sendId}.2` });
    expect(later).toMatchObject({ entries: 1, joined: 0 });
    expect((await lines()).filter(({ kind }) => kind === 'notice')).toHaveLength(1);
  });

  test('wins over the recipient that is named, and the difference is noted', async () => {
    const { record, addEvents, lines, rows } = await noticeWorld();
    const remark = `it names forwarded@other.example, the mail was sent to ${bob}`;
    const result = noticeResult({ recipient: 'forwarded@other.example' });
    await addEvents(toBob);
    await record(noticeMail({ sendId: toBob.sendId }, [result]));
    await record(noticeMail({ sendId: toEve.sendId }, [result]));
    await addEvents(toEve);
    expect((await lines())[0]).toMatchObject({ certainty: 'certain', remark });
    expect(rows()[1]).toMatchObject({ remark: remark.replace(bob, eve) });
  });

  test.each<[string, Partial<ReturnType<typeof noticeResult>>]>([
    ['the recipient in another case', { recipient: 'BOB@client.example' }],
    ['the final recipient', { recipient: 'alias@client.example', finalRecipient: bob }],
    ['no recipient', {}],
  ])('is no difference: %s', async (_name, more) => {
    const { record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob);
    await record(noticeMail({ sendId: toBob.sendId }, [noticeResult(more)]));
    expect(rows()).toMatchObject([{ remark: null, certainty: 'certain' }]);
  });

  test('of several mailboxes behind one address is one row for the send', async () => {
    const { record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob);
    const results = [
      noticeResult({ recipient: 'one@other.example', kind: 'delayed', action: 'delayed' }),
      noticeResult({ recipient: 'two@other.example' }),
    ];
    await record(noticeMail({ sendId: toBob.sendId }, results));
    expect(rows()).toMatchObject([
      { kind: 'bounced', recipient: 'two@other.example', certainty: 'certain' },
    ]);
    expect(rows()[0]?.remark).toContain('2 recipients');
  });
});

describe('the same notice', () => {
  test('counts once, however often and wherever it arrives', async () => {
    const { record, addEvents, lines, rows } = await noticeWorld();
    await addEvents(toBob);
    const proof = { sendId: toBob.sendId };
    const again = noticeMail(proof, undefined, 'same');
    expect(await record(again, noticeMail(proof, undefined, 'same'))).toEqual([
      'done',
      'duplicate',
    ]);
    const moved = {
      ...noticeMail(proof, undefined, 'same'),
      epoch: { ...again.epoch, uidValidity: '8' },
    };
    const other = {
      ...noticeMail(proof, undefined, 'same'),
      epoch: { ...again.epoch, account: 'b@x:1' },
    };
    expect(await record(moved, other)).toEqual(['duplicate', 'duplicate']);
    expect(rows()).toHaveLength(1);
    expect(await lines()).toHaveLength(2);
  });

  test('counts once also while it waits', async () => {
    const { record, addEvents, lines } = await noticeWorld();
    const proof = { sendId: toBob.sendId };
    const records = [noticeMail(proof, undefined, 'same'), noticeMail(proof, undefined, 'same')];
    expect(await record(...records)).toEqual(['done', 'duplicate']);
    expect(await addEvents(toBob)).toMatchObject({ joined: 1, entries: 2 });
    expect(await lines()).toHaveLength(2);
  });

  test('keeps the send it named first, when the recipient alone named it', async () => {
    const { record, addEvents, rows } = await noticeWorld();
    await addEvents({ ...toBob, at: 500 });
    const result = noticeResult({ recipient: bob });
    expect(await record(noticeMail({}, [result], 'same'))).toEqual(['done']);
    await addEvents(outcome('second', bob, { at: 600 }));
    expect(await record(noticeMail({}, [result], 'same'))).toEqual(['duplicate']);
    expect(rows()).toHaveLength(1);
  });
});

test('of the warnings of delay of a send the first is an entry; a failure is another one', async () => {
  const { database, record, addEvents, lines, rows } = await noticeWorld();
  await addEvents(toBob);
  const proof = { sendId: toBob.sendId };
  const delay = noticeResult({ kind: 'delayed', class: 'network_error', action: 'delayed' });
  for (const hour of [1, 2, 3]) await record(noticeMail(proof, [delay], `delay-${hour}`));
  await record(noticeMail(proof, [noticeResult()], 'end'));
  const notices = (await lines()).flatMap((line) => (line.kind === 'notice' ? [line.notice] : []));
  expect(notices).toEqual(['bounced', 'delayed']);
  expect(rows()).toHaveLength(4);
  expect((await historyTotals(database)).notices.byKind).toMatchObject({ bounced: 1, delayed: 3 });
  expect((await historyTotals(database)).entries).toMatchObject({ bounced: 1, delayed: 1 });
});

describe('workers are to be told', () => {
  const limited = noticeResult({ class: 'rate_limited', code: 421, diagnostic: '421 slow down' });

  test('where a notice that is certain asks for less', async () => {
    const { database, record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob);
    await record(
      noticeMail({ sendId: toBob.sendId }, [limited]),
      noticeMail({ sendId: toBob.sendId }),
    );
    await record(noticeMail({ sendId: toEve.sendId }, [limited]));
    expect(rows().map(({ feedback }) => feedback)).toEqual(['due', null, null]);
    await addEvents(toEve);
    expect(rows().map(({ feedback }) => feedback)).toEqual(['due', null, 'due']);
    expect((await historyTotals(database)).notices.feedbackDue).toBe(2);
  });

  test('not where it is less than certain', async () => {
    const { record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob);
    const forBob = { ...limited, recipient: bob };
    await record(noticeMail({ claimedMessageId: toBob.messageId }, [forBob]));
    expect(rows()).toMatchObject([{ certainty: 'likely', feedback: null }]);
  });
});
