import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { defaultBreakerRule } from '../../src/queue/breaker-rule.ts';
import { closeBreaker, noteFeedback, readBreakers } from '../../src/queue/breakers.ts';
import { explainSend } from '../../src/queue/explain-send.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import { wakeHeldByBreaker } from '../../src/queue/wake-slowed.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger, type Logger } from '../../src/runtime/logger.ts';
import { createFeedbackCounter } from '../../src/worker/feedback-counts.ts';
import { sampleEvent, sampleJob } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';

const server = await startTestRedis();
const redis = new Redis(server.url);
atEnd(() => redis.disconnect());

const few = { share: 0.1, countMin: 2, ofMin: 3 };
const options = { breaker: { complaints: few, spamRefusals: few } };
const rule = { complaints: few, spamRefusals: few };
const jane = 'default/sender/jane@acme.example';

function kept(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ write: (line) => lines.push(line) }) };
}

const accepted = async ({ keys }: { keys: KeyNames }, name = jane): Promise<number> => {
  const counts = Object.entries(await redis.hgetall(keys.feedbackCounts(name)));
  return counts.reduce((sum, [field, n]) => sum + (field.endsWith('a') ? Number(n) : 0), 0);
};

const complain = async ({ keys }: SendWorld, noticeId: string) => {
  const about = { tenant: 'default', sender: 'jane@acme.example', at: Date.now(), noticeId };
  return noteFeedback(redis, keys, { ...about, what: 'complaint' }, rule);
};

test('mail of a sender too many complain of waits, that of others goes, until it is reset', async () => {
  const world = await startSendWorld(server.url, {}, options);
  const { producer, log, keys } = world;
  for (let n = 0; n < 3; n += 1) await producer.send(testMail);
  await log.waitForState('accepted', 3);
  await eventually(async () => (await accepted(world)) === 3, { what: 'the worker has counted' });
  expect(await complain(world, 'one')).toEqual([]);
  expect(await complain(world, 'two')).toMatchObject([{ name: jane, count: 2, of: 3 }]);

  const { sends } = await producer.send({ ...testMail, from: 'JANE@acme.example' });
  const sendId = sends[0]?.sendId;
  if (sendId === undefined) throw new Error('no send');
  const queue = createSendQueue(redis, keys);
  atEnd(async () => queue.close());
  const ledger = createLedger(redis, keys);
  const context = { redis, keys, ledger, queue, now: Date.now };
  const why = async () => (await explainSend(context, sendId))?.hindrance;
  await eventually(async () => (await why())?.kind === 'put-off', { what: 'it is put off' });
  const about = `mail of ${jane} is held: 2 complaints of 3 accepted mails in 24 h (66.67 %)`;
  expect(await why()).toMatchObject({ cause: 'breaker', text: about });
  expect(await producer.status(sendId)).toMatchObject({ state: 'waiting', attempt: 0 });
  await producer.send({ ...testMail, from: 'joe@acme.example' });
  await log.waitForState('accepted', 4);

  expect(await closeBreaker(redis, keys, jane)).toBe(true);
  expect(await wakeHeldByBreaker({ redis, keys, queue }, 'default/sender/joe@acme.example')).toBe(
    0,
  );
  expect(await wakeHeldByBreaker({ redis, keys, queue }, jane)).toBe(1);
  await log.waitForState('accepted', 5);
  expect(log.events.map(({ state }) => state)).toEqual(Array(5).fill('accepted'));
  await eventually(async () => (await accepted(world)) === 1, { what: 'it counts anew' });
});

test('a retry is held as well, and one that is held expires in its time', async () => {
  const world = await startSendWorld(
    server.url,
    { answerTo: (line) => (/^RCPT/i.test(line) ? '450 4.2.1 Later' : undefined) },
    options,
  );
  const { sends } = await world.producer.send({ ...testMail, expiresAt: Date.now() + 4_000 });
  await world.log.waitForState('waiting');
  await redis.hset(world.keys.breakers, jane, '{"cause":"complaints","count":2,"of":3,"since":1}');
  await redis.hincrby(world.keys.breakers, 'v', 1);
  const [end] = await world.log.waitForState('expired');
  const { sendId } = sends[0] ?? {};
  expect(end).toMatchObject({ sendId, attempt: world.log.events.length });
  // With an attempt each 200 ms at most there would have been twenty.
  expect(world.log.events.length).toBeLessThan(12);
});

test('a worker that is closed brings what it has counted', async () => {
  const world = await startSendWorld(server.url, {}, options);
  await world.producer.send(testMail);
  await world.log.waitForState('accepted');
  await world.worker.close();
  expect(await accepted(world)).toBe(1);
});

test('without a breaker nothing is counted', async () => {
  const world = await startSendWorld(server.url, {}, { breaker: false });
  await world.producer.send(testMail);
  await world.log.waitForState('accepted');
  await world.worker.close();
  expect(await accepted(world)).toBe(0);
});

test('refusals as spam that several workers see trip one breaker, told by one of them', async () => {
  const keys = keyNames('several');
  const { lines, logger } = kept();
  const parts = { redis, keys, rule: defaultBreakerRule, clock: systemClock, logger };
  const workers = [createFeedbackCounter(parts), createFeedbackCounter(parts)];
  const job = { ...sampleJob(), campaign: 'spring' };
  const about = { from: 'jane@acme.example', route: 'main' };
  const spam = { class: 'spam_content', rule: 'test' } as const;
  const ends = [
    ...Array.from({ length: 180 }, () => sampleEvent(job, 1, about)),
    ...Array.from({ length: 19 }, () =>
      sampleEvent(job, 1, { ...about, result: 'rejected', state: 'rejected', bounce: spam }),
    ),
    // What says nothing of the mail: another class, no attempt, no route.
    sampleEvent(job, 1, {
      ...about,
      result: 'deferred',
      state: 'waiting',
      bounce: { class: 'blocklisted', rule: 'test' },
    }),
    sampleEvent(job, 1, { from: about.from, result: 'rejected', state: 'rejected', bounce: spam }),
  ];
  ends.forEach((event, index) => workers[index % 2]?.count(job, event));
  const counted = async (letter: string) => {
    const all = Object.entries(await redis.hgetall(keys.feedbackCounts(jane)));
    return all
      .filter(([field]) => field.endsWith(letter))
      .reduce((sum, [, n]) => sum + Number(n), 0);
  };
  await eventually(async () => (await counted('t')) === 200, { what: 'both have counted' });
  expect([await counted('a'), await counted('r')]).toEqual([180, 19]);
  expect(lines).toEqual([]);
  for (const each of workers) {
    each.count(
      job,
      sampleEvent(job, 1, { ...about, result: 'rejected', state: 'rejected', bounce: spam }),
    );
  }
  await eventually(async () => (await counted('r')) === 21, { what: 'both have told' });
  await Promise.all(workers.map(async (each) => each.close()));
  const { tripped } = await readBreakers(redis, keys);
  const spring = 'default/campaign/spring';
  expect(tripped.map(({ name }) => name).toSorted()).toEqual([spring, jane]);
  const told = lines.map((line) => (JSON.parse(line) as { breaker: string }).breaker);
  expect(told.toSorted()).toEqual([spring, jane]);
  expect(lines[0]).toContain('"level":50');
  expect(lines.join('')).toContain(`onbehalf breaker reset ${jane}`);
});
