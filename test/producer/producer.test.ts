import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import { createProducer, type Producer, type SendInput } from '../../src/producer/index.ts';
import { checkSend } from '../../src/producer/check-send.ts';
import { fingerprintOf } from '../../src/producer/fingerprint.ts';
import { createIdempotencyStore } from '../../src/queue/idempotency.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { parseSendJob, type SendJob } from '../../src/queue/send-job.ts';
import { codeOf } from '../../src/runtime/errors.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';

const server = await startTestRedis();
const redis = new Redis(server.url, { maxRetriesPerRequest: null });
redis.on('error', () => undefined);
atEnd(() => redis.disconnect());
let producers = 0;

function newProducer(): { producer: Producer; keys: KeyNames; prefix: string } {
  producers += 1;
  const prefix = `p${producers}`;
  const producer = createProducer({ redisUrl: server.url, prefix });
  atEnd(async () => producer.close());
  return { producer, keys: keyNames(prefix), prefix };
}

/** All jobs there are, whatever their state. */
async function jobsOf(keys: KeyNames): Promise<readonly SendJob[]> {
  const names = await redis.keys(`${keys.bullPrefix}:${keys.sendQueue}:*`);
  const hashes = await Promise.all(
    names.filter((name) => /:[a-z2-7]{26}$/.test(name)).map(async (name) => redis.hgetall(name)),
  );
  // A job may end between the two looks.
  return hashes.flatMap(({ data }) => (data === undefined ? [] : [parseSendJob(JSON.parse(data))]));
}

describe('send', () => {
  test('brings one job for each recipient, blind ones too, and stores the content once', async () => {
    const { producer, keys } = newProducer();
    const before = Date.now();
    const result = await producer.send({
      ...testMail,
      to: ['a@x.example', 'b@x.example'],
      cc: 'B@X.example',
      bcc: 'c@x.example',
    });
    expect(result.sends).toMatchObject([
      { recipient: 'a@x.example', duplicate: false },
      { recipient: 'b@x.example', duplicate: false },
      { recipient: 'c@x.example', duplicate: false },
    ]);
    const jobs = await jobsOf(keys);
    expect(new Set(jobs.map(({ sendId }) => sendId))).toEqual(
      new Set(result.sends.map(({ sendId }) => sendId)),
    );
    expect(new Set(jobs.map(({ contentKey }) => contentKey)).size).toBe(1);
    for (const job of jobs) {
      expect(job.messageId).toBe(result.messageId);
      expect(job.sendAt).toBeGreaterThanOrEqual(before);
      expect(job.expiresAt).toBe(job.sendAt + 72 * 3_600_000);
    }
    expect(await redis.keys(keys.content('*'))).toHaveLength(1);
  });

  test('two calls without a key are two messages', async () => {
    const { producer, keys } = newProducer();
    const [one, two] = [await producer.send(testMail), await producer.send(testMail)];
    expect(one.messageId).not.toBe(two.messageId);
    expect(await jobsOf(keys)).toHaveLength(2);
  });

  test('keeps the times it is given', async () => {
    const { producer, keys } = newProducer();
    const sendAt = Date.now() + 60_000;
    const expiresAt = new Date(sendAt + 60_000);
    await producer.send({ ...testMail, sendAt: new Date(sendAt).toISOString(), expiresAt });
    expect(await jobsOf(keys)).toMatchObject([{ sendAt, expiresAt: expiresAt.getTime() }]);
  });

  test('a bad input leaves nothing behind and names its fields', async () => {
    const { producer, keys } = newProducer();
    const bad = { ...testMail, to: 'nobody', subject: 'a\nb' };
    await expect(producer.send(bad)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field: 'to' }, { field: 'subject' }],
    });
    await expect(producer.send({ ...testMail, expiresAt: Date.now() - 1 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field: 'expiresAt' }],
    });
    expect(await redis.keys(`${keys.bullPrefix}:*`)).toEqual([]);
  });

  test('a content over the limit is refused, at 15 MiB or what is set', async () => {
    const { producer } = newProducer();
    const attachments = [{ filename: 'a', content: Buffer.alloc(15 * 1024 * 1024) }];
    await expect(producer.send({ ...testMail, attachments })).rejects.toMatchObject({
      problems: [{ field: 'attachments' }],
    });
    await using small = createProducer({ redisUrl: server.url, contentBytesMax: 10 });
    await expect(small.send(testMail)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('when Redis has no memory left: REDIS_UNSUITABLE, nothing half-done, then all is well', async () => {
    const { producer, keys } = newProducer();
    const input = { ...testMail, to: ['a@x.example', 'b@x.example'], idempotencyKey: 'full' };
    await producer.send(testMail);
    await redis.config('SET', 'maxmemory', '1');
    await expect(producer.send(input)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    await redis.config('SET', 'maxmemory', '0');
    expect(await jobsOf(keys)).toHaveLength(1);
    expect((await producer.send(input)).sends).toHaveLength(2);
    expect(await jobsOf(keys)).toHaveLength(3);
  });
});

describe('an idempotency key', () => {
  const input: SendInput = { ...testMail, to: ['a@x.example', 'b@x.example'], idempotencyKey: 'k' };

  test('with the same input gives the same ids and says so', async () => {
    const { producer, keys } = newProducer();
    const first = await producer.send(input);
    const again = await producer.send({ ...input });
    expect(again.messageId).toBe(first.messageId);
    expect(again.sends).toEqual(first.sends.map((send) => ({ ...send, duplicate: true })));
    expect(await jobsOf(keys)).toHaveLength(2);
  });

  test('with another input is a conflict, and changes nothing', async () => {
    const { producer, keys } = newProducer();
    await producer.send(input);
    for (const more of [{ subject: 'other' }, { bcc: 'c@x.example' }, { sendAt: Date.now() }]) {
      await expect(producer.send({ ...input, ...more })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        message: expect.stringContaining('use a new key'),
      });
    }
    expect(await jobsOf(keys)).toHaveLength(2);
  });

  test('of another tenant is another key', async () => {
    const { producer } = newProducer();
    const one = await producer.send({ ...input, tenant: 'one' });
    const two = await producer.send({ ...input, tenant: 'two', subject: 'other' });
    expect(two.messageId).not.toBe(one.messageId);
    expect(two.sends[0]?.duplicate).toBe(false);
  });

  test('used by 20 calls at once brings one mail for each recipient', async () => {
    const { producer, log, relay, prefix } = await startSendWorld(server.url);
    const rival = createProducer({ redisUrl: server.url, prefix });
    atEnd(async () => rival.close());
    const calls = Array.from({ length: 20 }, async (_each, index) =>
      (index % 2 === 0 ? producer : rival).send(input),
    );
    const results = await Promise.all(calls);
    expect(new Set(results.map(({ messageId }) => messageId)).size).toBe(1);
    expect(results.filter(({ sends }) => sends[0]?.duplicate === false)).toHaveLength(1);
    await log.waitForState('accepted', 2);
    // Whatever a second one might have brought would be queued before this.
    await producer.send({ ...testMail, to: 'last@x.example' });
    await log.waitFor((events) => events.some(({ recipient }) => recipient === 'last@x.example'));
    expect(relay.received).toHaveLength(3);
    expect(new Set(relay.received.map(({ rcptTo }) => rcptTo[0]))).toEqual(
      new Set(['a@x.example', 'b@x.example', 'last@x.example']),
    );
  });

  test('is honoured when the job is long done and gone', async () => {
    const { producer, log, relay, keys } = await startSendWorld(server.url);
    const first = await producer.send({ ...input, to: 'a@x.example' });
    await log.waitForState('accepted');
    await eventually(async () => (await jobsOf(keys)).length === 0, { what: 'the end of the job' });
    const again = await producer.send({ ...input, to: 'a@x.example' });
    expect(again.sends).toEqual([{ ...first.sends[0], duplicate: true }]);
    expect(await jobsOf(keys)).toEqual([]);
    expect(relay.received).toHaveLength(1);
  });

  test('whose call died before it added anything is finished by the next call', async () => {
    const { producer, keys } = newProducer();
    const store = createIdempotencyStore(redis, keys);
    const now = Date.now();
    const times = { createdAt: now - 5_000, sendAt: now - 5_000, expiresAt: now + 60_000 };
    const messageId = messageIdFromKey('default', 'k');
    const fingerprint = fingerprintOf(checkSend(input, 1_000_000));
    await store.claim(messageId, { fingerprint, ...times, sendIds: [], turn: 'x' });
    await expect(producer.send({ ...input, subject: 'other' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
    const result = await producer.send(input);
    expect(result).toMatchObject({ messageId, sends: [{ duplicate: true }, { duplicate: true }] });
    // The jobs are those that the first call would have brought.
    expect(await jobsOf(keys)).toMatchObject([times, times]);
    expect(
      await store.claim(messageId, { fingerprint, ...times, sendIds: [], turn: 'x' }),
    ).toMatchObject({
      complete: true,
    });
  });

  test('whose call died after its mail was added brings no second mail', async () => {
    const { producer, log, relay, keys } = await startSendWorld(server.url);
    const { messageId } = await producer.send(input);
    await log.waitForState('accepted', 2);
    await redis.hset(keys.idempotency(messageId), 'd', 0);
    await producer.send(input);
    await producer.send({ ...testMail, to: 'last@x.example' });
    await log.waitFor((events) => events.some(({ recipient }) => recipient === 'last@x.example'));
    expect(relay.received).toHaveLength(3);
  });

  test('of a refused input is free for a good one', async () => {
    const { producer } = newProducer();
    const late = { ...input, expiresAt: Date.now() - 1 };
    await expect(producer.send(late)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect((await producer.send(input)).sends[0]?.duplicate).toBe(false);
  });
});

describe('Redis away', () => {
  test('never there: an answer within about a second, which says what to do', async () => {
    const socket = join(temporaryFolder(), 'absent.sock');
    await using producer = createProducer({ redisUrl: socket });
    for (let call = 0; call < 3; call += 1) {
      const from = performance.now();
      await expect(producer.send(testMail)).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
        message: expect.stringMatching(/run `onbehalf up` or set REDIS_URL/),
      });
      expect(performance.now() - from).toBeLessThan(2_000);
    }
  });

  test('went and came back: the producer works again', async () => {
    const { producer, keys } = newProducer();
    await producer.send(testMail);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await server.stop(signal);
      const from = performance.now();
      await expect(producer.send(testMail)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      await expect(producer.send(testMail)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      expect(performance.now() - from).toBeLessThan(3_000);
      await server.start();
      await producer.send(testMail);
    }
    expect(await jobsOf(keys)).toHaveLength(3);
  });

  test('goes in the middle of calls: each resolved one is there, each key can be used again', async () => {
    const { producer, keys } = newProducer();
    const numbers = Array.from({ length: 100 }, (_each, index) => index);
    const send = async (index: number) =>
      producer.send({ ...testMail, to: `u${index}@x.example`, idempotencyKey: `n${index}` });
    const calls = numbers.map(async (index) => send(index).then(() => 'resolved', codeOf));
    await Promise.race(calls);
    await server.restart('SIGKILL');
    const ends = await Promise.all(calls);
    expect(new Set(ends.filter((end) => end !== 'resolved'))).toEqual(
      new Set(ends.includes('REDIS_UNAVAILABLE') ? ['REDIS_UNAVAILABLE'] : []),
    );
    const there = new Set((await jobsOf(keys)).map(({ recipient }) => String(recipient)));
    const lost = numbers.filter(
      (index) => ends[index] === 'resolved' && !there.has(`u${index}@x.example`),
    );
    expect(lost).toEqual([]);
    await Promise.all(numbers.map(send));
    expect(await jobsOf(keys)).toHaveLength(100);
  });
});

describe('close', () => {
  test('may come twice, and before anything was sent', async () => {
    const { producer } = newProducer();
    await Promise.all([producer.close(), producer.close()]);
    await expect(producer.send(testMail)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('waits for calls in flight', async () => {
    const { producer, keys } = newProducer();
    const calls = Array.from({ length: 10 }, async () => producer.send(testMail));
    await producer.close();
    await Promise.all(calls);
    expect(await jobsOf(keys)).toHaveLength(10);
  });
});
