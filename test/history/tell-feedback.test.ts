import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { HistoryDatabase } from '../../db/open.ts';
import { notice } from '../../db/sqlite/schema.ts';
import { createRecipientProviders } from '../../src/domains/recipient-providers.ts';
import type { DnsResolver } from '../../src/domains/resolver.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { tellFeedback, type FeedbackContext } from '../../src/history/tell-feedback.ts';
import type { NoticeResult } from '../../src/history/notice.ts';
import { recordIntake } from '../../src/history/store/record-intake.ts';
import { recordOutcomes } from '../../src/history/store/record-outcomes.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { createPolicyRefusals } from '../../src/queue/policy-refusals.ts';
import { slowKeys } from '../../src/queue/slow-keys.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { contentTo, mailbox, outcome } from '../support/history.ts';
import { intakeRecord, intakeWorld, noticeResult, noticeVerdict } from '../support/intake.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const keys = keyNames();
const state = createLimitState(redis, keys);
const refusals = createPolicyRefusals(redis, keys);

afterEach(async () => {
  await redis.flushall();
});

const bob = 'bob@gmail.com';
const hourMs = 3_600_000;
const limited = noticeResult({
  class: 'rate_limited',
  kind: 'delayed',
  action: 'delayed',
  code: 421,
  enhancedCode: '4.7.28',
  diagnostic: '421 4.7.28 Unusual rate of mail from your host',
});
const refused = noticeResult({ class: 'auth_failed', code: 550, enhancedCode: '5.7.26' });

/** A history with accepted mails to Bob, one for each result that came back at `receivedAt`. */
async function world(results: readonly NoticeResult[], receivedAt = Date.now()) {
  const { database, lease } = await intakeWorld();
  const sentAt = receivedAt - 60_000;
  const events = results.map((_result, index) => outcome(`m${index}`, bob, { at: sentAt }));
  const content = contentTo(mailbox(bob));
  await recordOutcomes(
    database,
    events.map((event) => ({ event, content })),
    receivedAt,
  );
  const records = events.map(({ sendId }, index) => {
    const result = results[index] ?? limited;
    const verdict = noticeVerdict({ sendId }, [result], `notice-${index}`);
    return { ...intakeRecord(index + 1, verdict), internalDateMs: receivedAt };
  });
  await recordIntake(database, records, lease, receivedAt);
  return database;
}

function contextOf(
  database: HistoryDatabase,
  more: { readonly clock?: Clock; readonly resolver?: DnsResolver } = {},
): FeedbackContext {
  const clock: Clock = more.clock ?? { now: Date.now, sleep: async () => undefined };
  const resolver = more.resolver ?? createZoneResolver({});
  return {
    database,
    limits: state,
    policyRefusals: refusals,
    providers: createRecipientProviders({ resolver, clock }),
    count: async () => undefined,
    clock,
    logger: silentLogger,
  };
}

const feedbackIn = (database: HistoryDatabase) =>
  database.orm
    .select()
    .from(notice)
    .orderBy(notice.id)
    .all()
    .map((row) => row.feedback);
const slowed = async () => [...(await state.read()).slowed.keys()];
const slowGmail = slowKeys({
  route: 'main',
  provider: 'gmail',
  domain: 'gmail.com',
  sender: 'jane@acme.example',
}).provider;

describe('tellFeedback', () => {
  test('slows the provider down over the route, and notes the refusal by policy', async () => {
    const database = await world([limited, refused]);
    expect(await tellFeedback(contextOf(database))).toBe(2);
    expect(await slowed()).toEqual([slowGmail]);
    expect(await refusals.among('acme.example', ['gmail', 'other'])).toEqual(['gmail']);
    expect(feedbackIn(database)).toEqual(['told', 'told']);
    expect(await tellFeedback(contextOf(database))).toBe(0);
  });

  test('many notices of one trouble slow down once', async () => {
    const database = await world(Array.from({ length: 250 }, () => limited));
    expect(await tellFeedback(contextOf(database))).toBe(250);
    const { slowed: all } = await state.read();
    expect([...all.values()].map(({ strikes }) => strikes)).toEqual([0]);
  });

  test('what was told is not told to more effect when it is told again after a crash', async () => {
    const database = await world([limited]);
    await tellFeedback(contextOf(database));
    const before = (await state.read()).slowed.get(slowGmail);
    database.orm.update(notice).set({ feedback: 'due' }).run();
    await tellFeedback(contextOf(database));
    expect((await state.read()).slowed.get(slowGmail)).toEqual(before);
    // Nor after the key has recovered, and is known no longer.
    await state.endSlowDown(slowGmail);
    database.orm.update(notice).set({ feedback: 'due' }).run();
    await tellFeedback(contextOf(database));
    expect(await slowed()).toEqual([]);
  });

  test('what is old is settled and changes nothing', async () => {
    const database = await world([limited, refused]);
    const later = (ms: number): Clock => ({
      now: () => Date.now() + ms,
      sleep: async () => undefined,
    });
    await tellFeedback(contextOf(database, { clock: later(2 * hourMs) }));
    expect(await slowed()).toEqual([]);
    expect(await refusals.among('acme.example', ['gmail'])).toEqual(['gmail']);
    await redis.flushall();
    database.orm.update(notice).set({ feedback: 'due' }).run();
    await tellFeedback(contextOf(database, { clock: later(8 * 24 * hourMs) }));
    expect(await refusals.among('acme.example', ['gmail'])).toEqual([]);
    expect(feedbackIn(database)).toEqual(['told', 'told']);
  });

  test('stays due while DNS does not say whose mailbox it was', async () => {
    const database = await world([refused]);
    database.orm.run("update send set recipient = 'bob@dest.example'");
    const failing: DnsResolver = {
      resolve: async () => ({ kind: 'failed', reason: 'no answer' }),
    };
    expect(await tellFeedback(contextOf(database, { resolver: failing }))).toBe(0);
    expect(feedbackIn(database)).toEqual(['due']);
    expect(await tellFeedback(contextOf(database))).toBe(1);
    expect(await refusals.among('acme.example', ['other'])).toEqual(['other']);
  });

  test('those that stay due do not hold up the others', async () => {
    const database = await world(Array.from({ length: 120 }, () => refused));
    // All but the last to a domain of which DNS says nothing.
    database.orm.run(`update send set recipient = 'bob@dest.example' where id < 120`);
    const failing: DnsResolver = {
      resolve: async () => ({ kind: 'failed', reason: 'no answer' }),
    };
    expect(await tellFeedback(contextOf(database, { resolver: failing }))).toBe(1);
    expect(await refusals.among('acme.example', ['gmail', 'other'])).toEqual(['gmail']);
    expect(feedbackIn(database).filter((each) => each === 'due')).toHaveLength(119);
  });

  test('a recipient that nobody can look up holds up nobody', async () => {
    const database = await world([limited, limited]);
    database.orm.run(`update send set recipient = 'bob' where id = 1`);
    expect(await tellFeedback(contextOf(database))).toBe(2);
    const ofBob = {
      route: 'main',
      provider: 'other',
      domain: 'bob',
      sender: 'jane@acme.example',
    } as const;
    expect(new Set(await slowed())).toEqual(new Set([slowGmail, slowKeys(ofBob).provider]));
  });

  test('a failure of Redis leaves due what was not told', async () => {
    const database = await world([refused, limited]);
    const context = contextOf(database);
    const broken = {
      ...context,
      limits: { slowDownLater: async () => Promise.reject(new Error('Connection is closed.')) },
    };
    await expect(tellFeedback(broken)).rejects.toThrow('Connection is closed');
    expect(feedbackIn(database)).toEqual(['told', 'due']);
    expect(await tellFeedback(context)).toBe(1);
    expect(await slowed()).toEqual([slowGmail]);
  });
});
