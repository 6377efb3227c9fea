import { expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { SendState } from '../../src/mail/kinds.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import {
  createSuppressionMirror,
  type MirroredSuppression,
} from '../../src/queue/suppression-mirror.ts';
import { readWaitNote } from '../../src/queue/wait-notes.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';

const server = await startTestRedis();
const redis = new Redis(server.url);
atEnd(() => redis.disconnect());

const since = Date.UTC(2026, 10, 1);
const ofBob: MirroredSuppression = {
  tenant: 'default',
  scope: { kind: 'address', address: 'bob@dest.example' },
  reason: 'user_unknown',
  since,
};
const mirrorOf = ({ keys }: SendWorld) => createSuppressionMirror(redis, keys);

/** Lets no job be taken until it is called off. */
async function pause({ keys }: SendWorld): Promise<() => Promise<void>> {
  const queue = new Queue(keys.sendQueue, { connection: redis, prefix: keys.bullPrefix });
  await queue.pause();
  return async () => {
    await queue.resume();
    await queue.close();
  };
}

test('what is suppressed between enqueue and send is not sent, and the books balance', async () => {
  const world = await startSendWorld(server.url);
  const mirror = mirrorOf(world);
  const late: MirroredSuppression = {
    ...ofBob,
    scope: { kind: 'address', address: 'eve@dest.example' },
  };
  await mirror.put([late]);
  const goOn = await pause(world);
  const send = async (from: string, ...to: string[]) =>
    (await world.producer.send({ ...testMail, from, to })).sends.map(({ sendId }) => sendId);
  const sendIds = [
    ...(await send(
      'jane@acme.example',
      'bob@dest.example',
      'ann@dest.example',
      'eve@dest.example',
    )),
    ...(await send('joe@acme.example', 'ann@dest.example')),
    ...(await send('joe@acme.example', 'cy@sub.gone.example')),
    ...(await send('joe@acme.example', 'cy@gone.example')),
    ...(await send('joe@acme.example', 'dan@dest.example')),
  ];
  const [seconds] = await redis.time();
  await mirror.put([
    ofBob,
    {
      ...ofBob,
      scope: { kind: 'pair', address: 'ann@dest.example', sender: 'jane@acme.example' },
      reason: 'recipient_refused',
    },
    { ...ofBob, scope: { kind: 'domain', domain: 'gone.example' }, reason: 'domain_unknown' },
    {
      ...ofBob,
      scope: { kind: 'address', address: 'dan@dest.example' },
      expiresAt: Number(seconds) * 1000 - 1,
    },
  ]);
  await goOn();
  await world.log.waitFor((events) => events.length === 6);
  const found = await Promise.all(sendIds.map(async (sendId) => world.producer.status(sendId)));
  const states = found.map((each) => (each.kind === 'known' ? each.state : each.kind));
  expect(states).toEqual([
    'suppressed', // bob, meanwhile
    'suppressed', // ann, for jane
    'suppressed', // eve, before
    'accepted', // ann, for joe
    'accepted', // below the domain
    'suppressed', // the domain
    'accepted', // ended
  ] satisfies SendState[]);
  expect(world.relay.received.flatMap(({ rcptTo }) => rcptTo).toSorted()).toEqual([
    'ann@dest.example',
    'cy@sub.gone.example',
    'dan@dest.example',
  ]);
  const told = world.log.events.filter(({ state }) => state === 'suppressed');
  expect(told.map(({ attempt, result, from, reason }) => [attempt, result, from, reason])).toEqual(
    expect.arrayContaining([
      [
        1,
        undefined,
        'jane@acme.example',
        'the address is suppressed since 2026-11-01: user_unknown',
      ],
      [
        1,
        undefined,
        'jane@acme.example',
        'the address is suppressed for mail of jane@acme.example since 2026-11-01: recipient_refused',
      ],
      [
        1,
        undefined,
        'joe@acme.example',
        'the domain gone.example is suppressed since 2026-11-01: domain_unknown',
      ],
    ]),
  );
  expect(await redis.xlen(world.keys.outcomes)).toBe(sendIds.length);
  const queue = createSendQueue(redis, world.keys);
  await eventually(async () => Object.values(await queue.counts()).every((count) => count === 0), {
    what: 'no job is left',
  });
});

test('what is suppressed between two attempts has no further one', async () => {
  const world = await startSendWorld(server.url, {
    answerTo: (line) => (/^RCPT/i.test(line) ? '450 4.2.1 Later' : undefined),
  });
  const { sends } = await world.producer.send(testMail);
  await world.log.waitForState('waiting');
  await mirrorOf(world).put([ofBob]);
  const [end] = await world.log.waitForState('suppressed');
  const attempts = world.log.events.length;
  expect(end).toMatchObject({ attempt: attempts, reason: /^the address is suppressed/ });
  expect(world.log.events.slice(0, -1).every(({ result }) => result === 'deferred')).toBe(true);
  const status = await world.producer.status(sends[0]?.sendId ?? '');
  expect(status).toMatchObject({ state: 'suppressed', attempt: attempts });
  expect(status).not.toHaveProperty('result');
});

test('after an uncertain attempt the end says that the mail may have arrived', async () => {
  const world = await startSendWorld(
    server.url,
    { script: (connection) => (connection === 1 ? { closeAfter: 'dot' } : {}) },
    { retry: { baseMs: 3_000, jitter: 0 } },
  );
  const { sends } = await world.producer.send(testMail);
  await world.log.waitForState('waiting');
  expect(world.log.events[0]?.result).toBe('uncertain');
  await mirrorOf(world).put([ofBob]);
  const [end] = await world.log.waitForState('suppressed');
  expect(end?.reason).toMatch(/uncertain, so the mail may have arrived$/);
  expect(await world.producer.status(sends[0]?.sendId ?? '')).toMatchObject({
    state: 'suppressed',
    attempt: 2,
    result: 'uncertain',
  });
  expect(world.relay.received).toHaveLength(1);
});

test('an end before the first job stays, also when its call is finished after the entry went', async () => {
  const world = await startSendWorld(server.url);
  const mirror = mirrorOf(world);
  const mail = { ...testMail, to: ['bob@dest.example', 'ann@dest.example'], idempotencyKey: 'k' };
  await mirror.put([ofBob]);
  const goOn = await pause(world);
  const { messageId, sends } = await world.producer.send(mail);
  expect(sends[0]).toHaveProperty('suppressed');
  // As the process leaves it when it dies before it noted that all was enqueued.
  await redis.hset(world.keys.idempotency(messageId), 'd', 0);
  await mirror.remove([ofBob]);
  await world.producer.send(mail);
  const queue = createSendQueue(redis, world.keys);
  atEnd(async () => queue.close());
  expect((await queue.counts())['waiting']).toBe(2);
  await goOn();
  await eventually(async () => Object.values(await queue.counts()).every((count) => count === 0), {
    what: 'no job is left',
  });
  expect(world.relay.received.map(({ rcptTo }) => rcptTo)).toEqual([['ann@dest.example']]);
  expect(await world.producer.status(sends[0]?.sendId ?? '')).toMatchObject({
    state: 'suppressed',
  });
  expect(await redis.xlen(world.keys.outcomes)).toBe(2);
});

test('a send that is suppressed gives back its slot', async () => {
  const limits = [{ name: 'few', windows: [{ sendsMax: 1, perMs: 60_000 }] }];
  const world = await startSendWorld(server.url, {}, { limits });
  await world.producer.send(testMail);
  await world.log.waitForState('accepted');
  const { sends } = await world.producer.send(testMail);
  const sendId = sends[0]?.sendId;
  if (sendId === undefined) throw new Error('no send');
  const hasSlot = async () => (await redis.exists(`${world.keys.limits}:slot:${sendId}`)) === 1;
  await eventually(async () => readWaitNote(redis, world.keys, sendId), { what: 'it is put off' });
  await eventually(hasSlot, { what: 'its slot is booked' });
  await mirrorOf(world).put([ofBob]);
  const queue = createSendQueue(redis, world.keys);
  atEnd(async () => queue.close());
  await eventually(async () => queue.promote(sendId), { what: 'its job is delayed' });
  await world.log.waitForState('suppressed');
  expect(await hasSlot()).toBe(false);
});
