import { expect, test } from '@jest/globals';
import { attempt, send } from '../../../db/sqlite/schema.ts';
import { recordOutcomes } from '../../../src/history/store/record-outcomes.ts';
import { timelineOf } from '../../../src/history/store/timeline.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { deferral, outcome, testDatabase } from '../../support/history.ts';

const now = 50_000_000;
const bob = 'bob@client.example' as EmailAddress;

test('what a failure means is kept with its attempt, and with the send until it is accepted', async () => {
  const database = await testDatabase();
  const bounce = { class: 'greylisted', rule: 'greylist.words' } as const;
  const columns = { bounceClass: 'greylisted', bounceRule: 'greylist.words' };
  await recordOutcomes(database, [{ event: { ...deferral('m1', bob), bounce } }], now);
  const { orm } = database;
  expect(orm.select().from(attempt).get()).toMatchObject(columns);
  expect(orm.select().from(send).get()).toMatchObject(columns);
  const line = async () =>
    (await timelineOf(database, { tenant: 'default', address: bob }))?.lines[0];
  expect(await line()).toMatchObject({ state: 'waiting', bounce, attempts: [{ bounce }] });
  await recordOutcomes(database, [{ event: outcome('m1', bob, { attempt: 2 }) }], now);
  expect(orm.select().from(attempt).get()).toMatchObject(columns);
  expect(orm.select().from(send).get()).toMatchObject({ bounceClass: null, bounceRule: null });
  expect(await line()).toMatchObject({ state: 'accepted', attempts: [{ bounce }, {}] });
  expect(await line()).not.toHaveProperty('bounce');
});
