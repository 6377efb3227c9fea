import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { IntakeRecord } from '../../../src/history/intake-verdict.ts';
import type { NoticeProof } from '../../../src/history/notice.ts';
import { randomMessageId } from '../../../src/mail/ids.ts';
import { outcome } from '../../support/history.ts';
import { noticeResult } from '../../support/intake.ts';
import '../../support/leftovers.ts';
import { bob, eve, noticeMail, noticeWorld, toBob, toEve } from './notice-world.ts';

describe('what names a send', () => {
  const { messageId, sendId } = toBob;
  const forBob = [noticeResult({ recipient: bob })];
  const forEve = [noticeResult({ recipient: eve })];
  const forOther = [noticeResult({ recipient: 'other@client.example' })];

  test.each<[string, NoticeProof, typeof forBob, object]>([
    ['a proven header', { messageId }, forBob, { resolution: 'reference', certainty: 'certain' }],
    [
      'a Message-ID',
      { claimedMessageId: messageId },
      forBob,
      { resolution: 'message-id', certainty: 'likely' },
    ],
    [
      'an ENVID',
      { claimedSendId: sendId },
      forBob,
      { resolution: 'envelope-id', certainty: 'likely' },
    ],
    [
      'an ENVID without a recipient',
      { claimedSendId: sendId },
      [noticeResult()],
      { resolution: 'envelope-id', certainty: 'likely' },
    ],
    ['the recipient alone', {}, forBob, { resolution: 'recipient', certainty: 'low' }],
  ])('%s', async (_name, proof, results, expected) => {
    const { record, addEvents, lines, rows } = await noticeWorld();
    await addEvents({ ...toBob, at: 500 }, { ...toEve, at: 500 });
    expect(await record(noticeMail(proof, results))).toEqual(['done']);
    expect(rows()).toMatchObject([{ sendId, ...expected }]);
    expect((await lines())[0]).toMatchObject({ kind: 'notice', ...expected });
  });

  test.each<[string, NoticeProof, typeof forBob]>([
    ['a proven header, with a recipient of no send', { messageId }, forOther],
    ['a Message-ID, with a recipient of no send', { claimedMessageId: messageId }, forOther],
    ['a Message-ID nobody knows', { claimedMessageId: randomMessageId() }, [noticeResult()]],
    ['an ENVID of another recipient', { claimedSendId: sendId }, forOther],
    ['nothing', {}, [noticeResult()]],
    ['a recipient of no send', {}, forOther],
  ])('not %s: it changes nothing', async (_name, proof, results) => {
    const { database, record, addEvents, lines, rows } = await noticeWorld();
    await addEvents({ ...toBob, at: 500 }, { ...toEve, at: 500 });
    expect(await record(noticeMail(proof, results))).toEqual(['quarantined']);
    expect(database.orm.all(sql`select reason from intake`)).toEqual([{ reason: 'unknown-send' }]);
    expect(rows()).toEqual([]);
    expect(await lines()).toHaveLength(1);
  });

  test('a header of a message with one send names it, less surely for another recipient', async () => {
    const { record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob);
    await record(noticeMail({ messageId }), noticeMail({ messageId }, forOther));
    expect(rows()).toMatchObject([
      { sendId, certainty: 'certain', remark: null },
      { sendId, certainty: 'likely', remark: expect.stringContaining('other@client.example') },
    ]);
  });

  test('a proven header waits for the send to its recipient', async () => {
    const { record, addEvents, lines } = await noticeWorld();
    expect(await record(noticeMail({ messageId }, forEve))).toEqual(['done']);
    expect(await addEvents(toBob, toEve)).toMatchObject({ joined: 1 });
    expect(await lines(bob)).toHaveLength(1);
    expect(await lines(eve)).toHaveLength(2);
  });

  test('each recipient of one report comes to his own timeline', async () => {
    const { record, addEvents, lines } = await noticeWorld();
    await addEvents(toBob, toEve);
    const results = [
      noticeResult({ recipient: eve, kind: 'delayed', class: 'mailbox_full', action: 'delayed' }),
      noticeResult({ recipient: bob }),
    ];
    await record(noticeMail({ sendId, messageId }, results));
    expect((await lines(bob))[0]).toMatchObject({ notice: 'bounced', resolution: 'return-path' });
    expect((await lines(eve))[0]).toMatchObject({ notice: 'delayed', resolution: 'reference' });
  });

  test('a recipient that names no send is left out, and told beside the mail', async () => {
    const { database, record, addEvents, rows } = await noticeWorld();
    await addEvents(toBob, toEve);
    expect(await record(noticeMail({ messageId }, [...forBob, ...forOther]))).toEqual(['done']);
    expect(rows()).toMatchObject([{ sendId }]);
    expect(database.orm.all(sql`select detail from intake`)).toEqual([
      { detail: '1 of 2 recipients name no send that we know' },
    ]);
  });

  test('the recipient alone names nothing when two mails fit, or it was too long ago', async () => {
    const { record, addEvents } = await noticeWorld();
    const weekMs = 7 * 86_400_000;
    const late = (record: IntakeRecord) => ({ ...record, internalDateMs: weekMs + 501 });
    await addEvents({ ...toBob, at: 500 });
    expect(await record(late(noticeMail({}, forBob)))).toEqual(['quarantined']);
    expect(await record({ ...late(noticeMail({}, forBob)), internalDateMs: weekMs + 499 })).toEqual(
      ['done'],
    );
    await addEvents(outcome('second', bob, { at: 600 }));
    expect(await record(noticeMail({}, forBob))).toEqual(['quarantined']);
  });
});
