import { expect, test } from '@jest/globals';
import { createNoticeWatch } from '../../src/history/watch-notices.ts';
import { recordIntake } from '../../src/history/store/record-intake.ts';
import { recordOutcomes } from '../../src/history/store/record-outcomes.ts';
import { historyTotals } from '../../src/history/store/totals.ts';
import { silentLogger, type LogFields } from '../../src/runtime/logger.ts';
import { outcome } from '../support/history.ts';
import { intakeRecord, intakeWorld, noticeVerdict, now } from '../support/intake.ts';
import '../support/leftovers.ts';

const minuteMs = 60_000;

async function world() {
  const { database, lease } = await intakeWorld();
  const told: (readonly [string, LogFields])[] = [];
  const tell = (event: string, fields: LogFields = {}): void => {
    told.push([event, fields]);
  };
  let at = now;
  const clock = { now: () => at, sleep: async () => undefined };
  const logger = { ...silentLogger, warn: tell, error: tell };
  const watch = createNoticeWatch({ database, clock, logger });
  let uid = 0;
  return {
    database,
    told,
    /** Looks so many minutes after the beginning. */
    lookAt: async (minutes: number): Promise<readonly string[]> => {
      at = now + minutes * minuteMs;
      told.length = 0;
      await watch.look();
      return told.map(([event]) => event);
    },
    forge: async (count: number, minutes: number): Promise<void> => {
      const records = Array.from({ length: count }, () => {
        uid += 1;
        return intakeRecord(uid, { kind: 'quarantined', reason: 'forged-token', detail: 'forged' });
      });
      await recordIntake(database, records, lease, now + minutes * minuteMs);
    },
    wait: async (key: string, minutes: number): Promise<void> => {
      uid += 1;
      const { sendId } = outcome(key, 'bob@client.example');
      const record = intakeRecord(uid, noticeVerdict({ sendId }, undefined, key));
      await recordIntake(database, [record], lease, now + minutes * minuteMs);
    },
  };
}

test('twenty forged return paths in ten minutes are one line, and so is the next burst', async () => {
  const { database, told, lookAt, forge } = await world();
  await forge(19, 0);
  expect(await lookAt(1)).toEqual([]);
  expect((await historyTotals(database)).notices.forged).toMatchObject({ isBurst: false });
  await forge(1, 5);
  expect(await lookAt(5)).toEqual(['forged-return-paths']);
  expect(told).toMatchObject([['forged-return-paths', { count: 20, withinMs: 600_000 }]]);
  await forge(40, 6);
  expect(await lookAt(6)).toEqual([]);
  expect((await historyTotals(database)).notices.forged).toEqual({
    count: 60,
    lastAt: now + 6 * minuteMs,
    lastTenMinutes: 60,
    isBurst: true,
  });
  expect(await lookAt(17)).toEqual([]);
  await forge(20, 30);
  expect(await lookAt(30)).toEqual(['forged-return-paths']);
});

test('forged return paths now and then are no burst', async () => {
  const { lookAt, forge } = await world();
  for (let minute = 0; minute < 60; minute += 1) await forge(1, minute);
  expect(await lookAt(60)).toEqual([]);
});

test('notices whose sends do not turn up are reported after an hour, once a day', async () => {
  const { database, told, lookAt, wait } = await world();
  await wait('one', 0);
  await wait('two', 50);
  expect(await lookAt(59)).toEqual([]);
  expect(await lookAt(60)).toEqual(['notices-wait-for-their-sends']);
  expect(told).toMatchObject([['notices-wait-for-their-sends', { count: 2, oldestAt: now }]]);
  expect(await lookAt(12 * 60)).toEqual([]);
  expect(await lookAt(25 * 60)).toEqual(['notices-wait-for-their-sends']);
  const events = ['one', 'two'].map((key) => ({ event: outcome(key, 'bob@client.example') }));
  await recordOutcomes(database, events, now);
  expect(await lookAt(72 * 60)).toEqual([]);
});
