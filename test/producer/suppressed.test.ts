import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createProducer } from '../../src/producer/index.ts';
import { eventOfSend } from '../../src/queue/event-of-send.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { parseOutcomeEvent } from '../../src/queue/outcome-event.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import { createSuppressionMirror } from '../../src/queue/suppression-mirror.ts';
import { sampleJob } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { testMail } from '../support/send-world.ts';

const server = await startTestRedis();
const redis = new Redis(server.url);
atEnd(() => redis.disconnect());
let installations = 0;

function newInstallation() {
  installations += 1;
  const prefix = `s${installations}`;
  const keys = keyNames(prefix);
  const producer = createProducer({ redisUrl: server.url, prefix });
  atEnd(async () => producer.close());
  const mirror = createSuppressionMirror(redis, keys);
  const queue = createSendQueue(redis, keys);
  const events = async () =>
    (await redis.xrange(keys.outcomes, '-', '+')).map(([, fields]) =>
      parseOutcomeEvent(fields[1] ?? ''),
    );
  const jobCount = async (): Promise<number> =>
    Object.values(await queue.counts()).reduce((sum, count) => sum + count, 0);
  /** As a call leaves it that died before it noted that all was enqueued. */
  const uncomplete = async (messageId: string): Promise<void> => {
    await redis.hset(keys.idempotency(messageId as never), 'd', 0);
    await redis.hdel(keys.idempotency(messageId as never), 'p');
  };
  return { producer, mirror, keys, queue, events, jobCount, uncomplete };
}

const since = Date.UTC(2026, 10, 1);
const b = {
  tenant: 'default',
  scope: { kind: 'address', address: 'b@x.example' },
  reason: 'complaint',
  since,
} as const;
const mail = { ...testMail, to: ['a@x.example', 'B@x.example', 'c@y.example'] };
const why = { reason: 'complaint', since, of: 'address' };

describe('send() to several recipients of whom one is suppressed', () => {
  test('enqueues the others, ends that one with its event, and says so', async () => {
    const { producer, mirror, events, jobCount } = newInstallation();
    await mirror.put([b]);
    const { sends, messageId } = await producer.send(mail);
    expect(sends.map(({ suppressed }) => suppressed)).toEqual([undefined, why, undefined]);
    expect(await jobCount()).toBe(2);
    const [first, second] = sends;
    expect(await producer.status(second?.sendId ?? '')).toMatchObject({
      state: 'suppressed',
      attempt: 1,
      endedAt: expect.any(Number),
    });
    expect(await producer.status(first?.sendId ?? '')).toMatchObject({ state: 'waiting' });
    expect(await events()).toMatchObject([
      {
        sendId: second?.sendId,
        messageId,
        recipient: 'B@x.example',
        from: 'jane@acme.example',
        state: 'suppressed',
        attempt: 1,
        reason: 'the address is suppressed since 2026-11-01: complaint',
      },
    ]);
  });

  test('answers the same when it is repeated, whatever the list says then', async () => {
    const { producer, mirror, events, jobCount } = newInstallation();
    await mirror.put([b]);
    const first = await producer.send({ ...mail, idempotencyKey: 'k' });
    await mirror.remove([b]);
    await mirror.put([{ ...b, scope: { kind: 'domain', domain: 'y.example' } }]);
    const second = await producer.send({ ...mail, idempotencyKey: 'k' });
    expect(second.sends).toEqual(first.sends.map((send) => ({ ...send, duplicate: true })));
    expect(second.sends[1]?.suppressed).toEqual(why);
    expect([await jobCount(), (await events()).length]).toEqual([2, 1]);
  });

  test('enqueues nothing where all are suppressed', async () => {
    const { producer, mirror, events, jobCount } = newInstallation();
    await mirror.put([
      { ...b, scope: { kind: 'domain', domain: 'x.example' } },
      {
        ...b,
        scope: { kind: 'pair', address: 'c@y.example', sender: 'jane@acme.example' },
        expiresAt: Date.now() + 3_600_000,
      },
    ]);
    const { sends } = await producer.send(mail);
    expect(sends.map(({ suppressed }) => suppressed?.of)).toEqual(['domain', 'domain', 'pair']);
    expect(sends[2]?.suppressed?.until).toBeGreaterThan(Date.now());
    expect([await jobCount(), (await events()).length]).toEqual([0, 3]);
  });

  test('enqueues one whose suppression ends before it is due', async () => {
    const { producer, mirror, jobCount } = newInstallation();
    const sendAt = Date.now() + 3_600_000;
    await mirror.put([{ ...b, expiresAt: sendAt }]);
    const { sends } = await producer.send({ ...mail, sendAt: new Date(sendAt).toISOString() });
    expect(sends[1]).not.toHaveProperty('suppressed');
    expect(await jobCount()).toBe(3);
    const now = await producer.send(mail);
    expect(now.sends[1]).toHaveProperty('suppressed');
  });
});

describe('a call that died half-way, and is finished by the next one with its key', () => {
  const keyed = { ...mail, idempotencyKey: 'k' };

  test('leaves in the queue what is there, although it is suppressed by now', async () => {
    const { producer, mirror, events, jobCount, uncomplete } = newInstallation();
    const { messageId } = await producer.send(keyed);
    await uncomplete(messageId);
    await mirror.put([b]);
    const { sends } = await producer.send(keyed);
    // A worker decides.
    expect(sends[1]).not.toHaveProperty('suppressed');
    expect([await jobCount(), await events()]).toEqual([3, []]);
  });

  test('ends what was suppressed once only', async () => {
    const { producer, mirror, events, jobCount, uncomplete } = newInstallation();
    await mirror.put([b]);
    const { messageId } = await producer.send(keyed);
    await uncomplete(messageId);
    const { sends } = await producer.send(keyed);
    expect(sends[1]?.suppressed).toEqual(why);
    expect([await jobCount(), (await events()).length]).toEqual([2, 1]);
  });
});

test('a full Redis takes neither jobs nor the ends of suppressed sends', async () => {
  const { queue, events, jobCount } = newInstallation();
  const job = sampleJob();
  const event = eventOfSend(job, 1, { state: 'suppressed', at: Date.now() });
  await redis.config('SET', 'maxmemory', '1');
  try {
    await expect(queue.addAll([], Date.now(), undefined, [{ job, event }])).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
    });
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
  expect([await jobCount(), await events()]).toEqual([0, []]);
  expect(await queue.addAll([], Date.now(), undefined, [{ job, event }])).toEqual([true]);
  expect(await events()).toEqual([event]);
});
