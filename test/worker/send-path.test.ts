import { describe, expect, test } from '@jest/globals';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';
import { parseMessageReference } from '../../src/mail/message-reference.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { dkimRecord, testKeyring } from '../support/world.ts';

const redis = await startTestRedis();
const client = new Redis(redis.url);
atEnd(() => client.disconnect());

/** Two attempts fit into an expiry of three seconds, with a second to spare on a busy machine. */
const slowRetry = { baseMs: 2_000, capMs: 2_000, jitter: 0 };

describe('a send that the relay accepts', () => {
  test('arrives masked, signed, with an opaque return path', async () => {
    const { relay, log, producer } = await startSendWorld(redis.url);
    const result = await producer.send({
      ...testMail,
      html: '<p>Hello</p>',
      bcc: 'eve@blind.example',
    });
    await log.waitForState('accepted', 2);
    expect(new Set(relay.received.map(({ rcptTo }) => rcptTo[0]))).toEqual(
      new Set(['bob@dest.example', 'eve@blind.example']),
    );
    const [first] = relay.received;
    if (first === undefined) throw new Error('nothing received');
    const parsed = await simpleParser(first.message, { skipHtmlToText: true });
    expect(parsed.from?.value).toEqual([{ name: 'Jané Doe', address: 'jane@acme.example' }]);
    expect(parsed.headers.get('sender')).toMatchObject({
      value: [{ address: 'mailer@crm.example', name: 'Acme CRM' }],
    });
    expect(parsed.headers.has('reply-to')).toBe(false);
    expect(parsed.text?.trimEnd()).toBe('Hello Bob\n.\nleading dot above');
    expect(parsed.messageId).toBe(`<${result.messageId}@crm.example>`);
    expect(first.message.toString('latin1')).not.toContain('blind');
    const verified = await dkimVerify(first.message, {
      resolver: async (name: string) => {
        expect(name).toBe('s1._domainkey.crm.example');
        return Promise.resolve([[dkimRecord]]);
      },
    });
    expect(verified.results[0]?.status.result).toBe('pass');
    const sendIds = relay.received.map(({ mailFrom }) => {
      expect(mailFrom).toMatch(/@bounce\.crm\.example$/);
      return parseReturnPath(testKeyring, mailFrom.split('@')[0] ?? '', Date.now())?.sendId;
    });
    expect(new Set(sendIds)).toEqual(new Set(result.sends.map(({ sendId }) => sendId)));
    const reference = parsed.headers.get('x-onbehalf-ref');
    expect(parseMessageReference(testKeyring, typeof reference === 'string' ? reference : '')).toBe(
      result.messageId,
    );
  });

  test('leaves no job, a final ledger and one event', async () => {
    const { log, producer, keys, worker } = await startSendWorld(redis.url);
    const { sends } = await producer.send(testMail);
    const sendId = sends[0]?.sendId;
    if (sendId === undefined) throw new Error('no send');
    await log.waitForState('accepted');
    await worker.close();
    expect(await createLedger(client, keys).read(sendId)).toMatchObject({ state: 'accepted' });
    expect(await client.exists(keys.ledger(sendId))).toBe(0);
    expect(await client.xlen(keys.outcomes)).toBe(1);
    expect(await client.exists(`${keys.bullPrefix}:send:${sendId}`)).toBe(0);
  });

  test('goes out not before its time', async () => {
    const { log, producer } = await startSendWorld(redis.url);
    const sendAt = Date.now() + 700;
    await producer.send({ ...testMail, sendAt });
    const [event] = await log.waitForState('accepted');
    expect(event?.at).toBeGreaterThanOrEqual(sendAt);
    expect(event?.attempt).toBe(1);
  });
});

describe('what the relay answers', () => {
  test.each([
    ['a refusal of the recipient', { rcpt: '550 5.1.1 User unknown' }, '5.1.1'],
    ['a refusal of the sender', { mail: '553 5.7.1 Not you' }, '5.7.1'],
    ['a refusal after the dot', { dot: '554 5.6.0 Not this' }, '5.6.0'],
  ])('%s rejects the send at once', async (_name, replies, enhancedCode) => {
    const { log, producer } = await startSendWorld(redis.url, { script: () => ({ replies }) });
    await producer.send(testMail);
    const [event] = await log.waitForState('rejected');
    expect(event).toMatchObject({ attempt: 1, result: 'rejected', reply: { enhancedCode } });
  });

  test.each([
    ['at MAIL', { mail: '421 4.3.0 Later' }],
    ['at RCPT', { rcpt: '421 4.2.1 Greylisted' }],
    ['at DATA', { data: '421 4.3.2 Closing' }],
    ['after the dot', { dot: '421 4.2.2 Full' }],
  ])('a failure %s is deferred, tried again, then accepted', async (_name, replies) => {
    const { log, producer, relay } = await startSendWorld(redis.url, {
      script: (connection) => (connection === 1 ? { replies } : {}),
    });
    await producer.send(testMail);
    await log.waitForState('accepted');
    expect(log.events).toMatchObject([
      { attempt: 1, result: 'deferred', state: 'waiting' },
      { attempt: 2, result: 'accepted', state: 'accepted' },
    ]);
    expect(relay.connectionCount).toBe(2);
  });

  test.each([
    ['is busy', { replies: { greeting: '421 4.3.2 Too busy' } }],
    ['refuses us', { replies: { greeting: '554 5.7.1 Go away' } }],
    ['closes at once', { closeAfter: 'greeting' }],
    ['never greets', { hangAt: 'greeting' }],
  ] as const)('a relay that %s costs no attempt', async (_name, first) => {
    const { log, producer, relay } = await startSendWorld(
      redis.url,
      { script: (connection) => (connection === 1 ? first : {}) },
      {},
      { connectTimeoutMs: 300 },
    );
    await producer.send(testMail);
    await log.waitForState('accepted');
    expect(log.events).toMatchObject([{ attempt: 1, result: 'accepted', state: 'accepted' }]);
    expect(relay.connectionCount).toBe(2);
  });

  test('a send deferred until its expiry expires, with the last reply', async () => {
    const { log, producer } = await startSendWorld(
      redis.url,
      { script: () => ({ replies: { rcpt: '451 4.7.1 Greylisted' } }) },
      { retry: slowRetry },
    );
    await producer.send({ ...testMail, expiresAt: Date.now() + 3_000 });
    const [event] = await log.waitForState('expired');
    expect(event?.attempt).toBeGreaterThan(1);
    expect(event?.reply?.enhancedCode).toBe('4.7.1');
  });

  test('a refusal leaves the connection fit for the next send', async () => {
    const { log, producer, relay } = await startSendWorld(
      redis.url,
      { script: () => ({ fromMessage: 1, replies: { rcpt: '550 5.1.1 No' } }) },
      { concurrency: 1 },
    );
    for (let index = 0; index < 3; index += 1) {
      await producer.send({ ...testMail, to: `user${index}@dest.example` });
    }
    await log.waitForState('rejected', 3);
    expect(relay.connectionCount).toBe(1);
    // Each envelope left open is dropped together with the next one.
    expect(relay.commands.filter((line) => line.endsWith('RSET'))).toHaveLength(2);
  });

  test('a retry is the same mail, byte for byte', async () => {
    const { log, producer, relay } = await startSendWorld(redis.url, {
      script: (connection) => (connection === 1 ? { closeAfter: 'dot' } : {}),
    });
    await producer.send(testMail);
    await log.waitForState('accepted');
    expect(log.events[0]).toMatchObject({ attempt: 1, result: 'uncertain', state: 'waiting' });
    const [first, second] = relay.received;
    expect(first?.message.equals(second?.message ?? Buffer.alloc(0))).toBe(true);
    expect(first?.mailFrom).toBe(second?.mailFrom);
  });
});

describe('when the connection dies', () => {
  test.each([
    ['after MAIL', 'deferred', 'mail'],
    ['after RCPT', 'deferred', 'rcpt'],
    ['in the middle of the body', 'uncertain', 'mid-body'],
    ['after the dot', 'uncertain', 'dot'],
  ] as const)('%s the attempt is %s', async (_name, result, closeAfter) => {
    const { log, producer, relay } = await startSendWorld(redis.url, {
      script: (connection) => (connection === 1 ? { closeAfter } : {}),
    });
    await producer.send(testMail);
    await log.waitForState('accepted');
    expect(log.events.map((event) => event.result)).toEqual([result, 'accepted']);
    const uncertain = log.events.filter((event) => event.result === 'uncertain').length;
    expect(relay.received.length).toBeLessThanOrEqual(1 + uncertain);
  });

  test.each([
    ['at RCPT', 'deferred', 'rcpt'],
    ['after the dot', 'uncertain', 'dot'],
  ] as const)('a relay that hangs %s is given up as %s', async (_name, result, hangAt) => {
    const { log, producer } = await startSendWorld(
      redis.url,
      { script: (connection) => (connection === 1 ? { hangAt } : {}) },
      {},
      { connectTimeoutMs: 300, replyTimeoutMs: 300 },
    );
    await producer.send(testMail);
    await log.waitForState('accepted');
    expect(log.events[0]?.result).toBe(result);
  });

  test('an idle connection that the relay closed costs no attempt', async () => {
    const { log, producer, relay } = await startSendWorld(redis.url, {
      script: (connection) => (connection === 1 ? { closeAfter: 'reply' } : {}),
    });
    await producer.send(testMail);
    await log.waitForState('accepted');
    await producer.send({ ...testMail, to: 'next@dest.example' });
    await log.waitForState('accepted', 2);
    expect(log.events).toHaveLength(2);
    expect(relay.connectionCount).toBe(2);
  });

  test('a relay that is not there costs no attempt, until the time to send is over', async () => {
    const { log, producer, relay } = await startSendWorld(redis.url);
    await relay.stop();
    await producer.send({ ...testMail, expiresAt: Date.now() + 3_000 });
    const [event] = await log.waitForState('expired');
    expect(event).toMatchObject({ attempt: 1 });
    expect(event?.result).toBeUndefined();
    expect(log.events).toHaveLength(1);
  });
});

describe('what cannot be sent is held, not lost', () => {
  test('missing content', async () => {
    const { log, producer, keys } = await startSendWorld(redis.url);
    const { sends } = await producer.send({ ...testMail, sendAt: Date.now() + 300 });
    const contents = await client.keys(keys.content('*'));
    await client.del(...contents);
    const [event] = await log.waitForState('held');
    expect(event).toMatchObject({ reason: 'CONTENT_MISSING' });
    const sendId = sends[0]?.sendId ?? '';
    expect(await client.hexists(keys.held, sendId)).toBe(1);
  });

  test.each([
    ['of one send', ['bob@dest.example']],
    ['of two sends', ['bob@dest.example', 'eve@dest.example']],
  ])('a message %s that began with a key that is gone', async (_what, to) => {
    const { log, producer, keys } = await startSendWorld(redis.url);
    const sendAt = Date.now() + 300;
    const { messageId, sends } = await producer.send({ ...testMail, to, sendAt });
    const ledger = keys.ledger(sends[0]?.sendId as SendId);
    const facts = {
      v: 1,
      mode: 'on-behalf',
      modeRow: 10,
      why: 'test',
      dateMs: 1,
      selector: 'old',
      returnPathHost: 'bounce.crm.example',
      tokenKeyId: 'a',
    };
    const json = JSON.stringify(facts);
    const key = to.length === 1 ? ledger : keys.frozen(messageId);
    if (to.length === 1) await client.hset(key, 'f', json);
    else await client.set(key, json);
    await client.expire(key, 60);
    const [event] = await log.waitForState('held', to.length);
    expect(event?.reason).toContain('SIGNING_FAILED');
    // What a held send needs does not expire before somebody decides.
    expect(await client.pttl(key)).toBe(-1);
  });
});
