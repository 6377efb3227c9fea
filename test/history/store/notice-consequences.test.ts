import { describe, expect, test } from '@jest/globals';
import { suppression } from '../../../db/sqlite/schema.ts';
import { adviceOf } from '../../../src/bounces/class-policy.ts';
import type { HistoryDatabase } from '../../../db/open.ts';
import type { NoticeProof, NoticeResult } from '../../../src/history/notice.ts';
import { noticeResult } from '../../support/intake.ts';
import '../../support/leftovers.ts';
import { bob, noticeMail, noticeWorld, toBob } from './notice-world.ts';

/** What the list holds: whom, and why. */
const listOf = (database: HistoryDatabase): readonly (readonly [string, string])[] =>
  database.orm
    .select()
    .from(suppression)
    .all()
    .map(({ addressKey, reason }) => [addressKey, reason]);

const unknown = noticeResult({
  recipient: bob,
  suppression: adviceOf('user_unknown', 5).suppression,
});
const complaint = noticeResult({
  recipient: bob,
  kind: 'complained',
  class: 'complaint',
  action: 'none',
  suppression: adviceOf('complaint', undefined).suppression,
});

const certain: NoticeProof = { sendId: toBob.sendId };
const likely: NoticeProof = { claimedMessageId: toBob.messageId };
const low: NoticeProof = {};

describe('what a notice suppresses', () => {
  test.each<[string, NoticeProof, NoticeResult, readonly (readonly [string, string])[]]>([
    ['a bounce with a proven return path', certain, unknown, [[bob, 'user_unknown']]],
    ['a bounce that names a Message-ID of ours: it only counts', likely, unknown, []],
    ['a bounce that names the recipient alone', low, unknown, []],
    ['a complaint with a proven return path', certain, complaint, [[bob, 'complaint']]],
    ['a complaint that names a Message-ID of ours', likely, complaint, [[bob, 'complaint']]],
    ['a complaint that names the recipient alone', low, complaint, []],
    [
      'a delay',
      certain,
      noticeResult({
        kind: 'delayed',
        action: 'delayed',
        suppression: adviceOf('user_unknown', 5).suppression,
      }),
      [],
    ],
  ])('%s', async (_what, proof, result, expected) => {
    const { database, record, addEvents, lines } = await noticeWorld();
    await addEvents({ ...toBob, at: 500 });
    expect(await record(noticeMail(proof, [result]))).toEqual(['done']);
    expect((await lines()).filter(({ kind }) => kind === 'notice')).toHaveLength(1);
    expect(listOf(database)).toEqual(expected);
  });

  test('one that came before its send suppresses when it is joined, once', async () => {
    const { database, record, addEvents } = await noticeWorld();
    await record(noticeMail(certain, [unknown]));
    expect(listOf(database)).toEqual([]);
    await addEvents(toBob);
    expect(listOf(database)).toEqual([[bob, 'user_unknown']]);
  });
});
