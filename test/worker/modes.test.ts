import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { simpleParser, type ParsedMail } from 'mailparser';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { SendInput } from '../../src/producer/index.ts';
import { parseReturnPath } from '../../src/mail/return-path.ts';
import { atEnd } from '../support/leftovers.ts';
import type { RawRelayOptions } from '../support/raw-relay.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { dkimRecord, testKeyring, testZone } from '../support/world.ts';

const redis = await startTestRedis();
const client = new Redis(redis.url);
atEnd(() => client.disconnect());

const mx = (exchange: string) => ({ MX: [{ priority: 10, exchange }] });
const zone = {
  ...testZone,
  's1._domainkey.crm.example': { TXT: [[dkimRecord]] },
  'bounce.crm.example': mx('mx.crm.example'),
  // Signs, nothing more.
  'signed.example': mx('mx.signed.example'),
  's1._domainkey.signed.example': { CNAME: ['s1._domainkey.crm.example'] },
  '_dmarc.signed.example': { TXT: [['v=DMARC1; p=reject']] },
  // Signs and receives our bounces.
  'whole.example': mx('mx.whole.example'),
  's1._domainkey.whole.example': { CNAME: ['s1._domainkey.crm.example'] },
  'em.whole.example': { CNAME: ['bounce.crm.example'] },
  '_dmarc.whole.example': { TXT: [['v=DMARC1; p=quarantine']] },
  // Protects itself and knows nothing of us.
  'strict.example': mx('mx.strict.example'),
  '_dmarc.strict.example': { TXT: [['v=DMARC1; p=reject']] },
  // Does not answer.
  'silent.example': { TXT: 'TIMEOUT', MX: 'TIMEOUT' },
  '_dmarc.silent.example': { TXT: 'TIMEOUT' },
  // Mailboxes at Google.
  'customer.example': mx('aspmx.l.google.com'),
};

async function world(relay: RawRelayOptions = {}): Promise<SendWorld> {
  return startSendWorld(redis.url, relay, { dns: { zone } });
}

async function sendOne(running: SendWorld, more: Partial<SendInput>) {
  const result = await running.producer.send({ ...testMail, ...more });
  await running.log.waitForState('accepted');
  const received = running.relay.received.at(-1);
  if (received === undefined) throw new Error('nothing received');
  const parsed = await simpleParser(received.message, { skipHtmlToText: true });
  return { result, received, parsed, event: running.log.events.at(-1) };
}

async function signedBy(message: Buffer): Promise<readonly string[]> {
  const { results } = await dkimVerify(message, {
    resolver: async (name: string) => {
      expect(name).toMatch(/^s1\._domainkey\./);
      return Promise.resolve([[dkimRecord]]);
    },
  });
  expect(results.map(({ status }) => status.result)).toEqual(results.map(() => 'pass'));
  return results.map(({ signingDomain }) => signingDomain ?? '');
}

function fromOf(parsed: ParsedMail) {
  return parsed.from?.value.map(({ name, address }) => ({ name, address }));
}

describe('the mode follows from DNS', () => {
  test('on behalf where nothing forbids it', async () => {
    const { parsed, received, event } = await sendOne(await world(), {});
    expect(event).toMatchObject({ mode: 'on-behalf', modeRow: 10 });
    expect(parsed.headers.has('sender')).toBe(true);
    expect(await signedBy(received.message)).toEqual(['crm.example']);
  });

  test('aligned with the key of the domain alone: our return path, two signatures, no Sender', async () => {
    const from = 'Jane Doe <jane@signed.example>';
    const { parsed, received, event, result } = await sendOne(await world(), { from });
    expect(event).toMatchObject({ mode: 'aligned', modeRow: 4 });
    expect(fromOf(parsed)).toEqual([{ name: 'Jane Doe', address: 'jane@signed.example' }]);
    expect(parsed.headers.has('sender')).toBe(false);
    expect(parsed.messageId).toBe(`<${result.messageId}@signed.example>`);
    expect(received.mailFrom).toMatch(/@bounce\.crm\.example$/);
    expect(await signedBy(received.message)).toEqual(['signed.example', 'crm.example']);
  });

  test('aligned with a return path of the domain as well', async () => {
    const from = 'Jane Doe <jane@whole.example>';
    const { received, event, result } = await sendOne(await world(), { from });
    expect(event).toMatchObject({ mode: 'aligned', modeRow: 3 });
    const [local = '', host] = received.mailFrom.split('@');
    expect(host).toBe('em.whole.example');
    expect(parseReturnPath(testKeyring, local, Date.now())?.sendId).toBe(result.sends[0]?.sendId);
  });

  test.each([
    ['a domain that protects itself', 'jane@strict.example', 6],
    ['a freemail address', 'jane@gmail.com', 5],
  ])('rewritten for %s: an alias of ours, answers to the user', async (_name, address, modeRow) => {
    const from = `Jane Doe <${address}>`;
    const { parsed, received, event } = await sendOne(await world(), { from });
    expect(event).toMatchObject({ mode: 'rewritten', modeRow });
    const alias = `${address.replace('@', '=')}@u.crm.example`;
    expect(fromOf(parsed)).toEqual([{ name: 'Jane Doe via Acme CRM', address: alias }]);
    expect(parsed.replyTo?.value).toMatchObject([{ address }]);
    expect(parsed.headers.has('sender')).toBe(false);
    expect(await signedBy(received.message)).toEqual(['crm.example']);
  });

  test('rewritten for an address with letters outside ASCII, under an alias without them', async () => {
    const from = 'Jörg Maß <jörg@acme.example>';
    const { parsed, received, event } = await sendOne(await world(), { from });
    expect(event).toMatchObject({ mode: 'rewritten', modeRow: 1, from: 'jörg@acme.example' });
    const [shown] = fromOf(parsed) ?? [];
    expect(shown?.address).toMatch(/^[\x21-\x7e]+@u\.crm\.example$/);
    expect(received.message.toString('latin1')).not.toMatch(/[^\0-\x7f]/);
  });

  test('rewritten for bulk mail, with one-click unsubscribe and the marks of a list', async () => {
    const { parsed, event } = await sendOne(await world(), { kind: 'bulk' });
    expect(event).toMatchObject({ mode: 'rewritten', modeRow: 8 });
    expect(parsed.headers.get('list')).toMatchObject({
      unsubscribe: { url: expect.stringMatching(/^https:\/\/unsubscribe\.crm\.example\/u\//) },
      'unsubscribe-post': { name: 'List-Unsubscribe=One-Click' },
    });
    expect(parsed.headers.get('precedence')).toBe('bulk');
    expect(parsed.headers.get('feedback-id')).toMatch(/^bulk:default:crm\.example:/);
  });

  test('one mode for all recipients of a message, the safest', async () => {
    const running = await world();
    await client.set(running.keys.policyRefusal('acme.example', 'gmail'), '1', 'PX', 60_000);
    await running.producer.send({ ...testMail, cc: 'sue@customer.example' });
    await running.log.waitForState('accepted', 2);
    expect(running.log.events.map(({ mode }) => mode)).toEqual(['rewritten', 'rewritten']);
  });
});

describe('a mode that is asked for', () => {
  test('is used where it passes', async () => {
    const { event } = await sendOne(await world(), { mode: 'rewritten' });
    expect(event).toMatchObject({ mode: 'rewritten' });
  });

  test('rejects the send where it cannot, at the first attempt, with the better one named', async () => {
    const { producer, log, relay } = await world();
    await producer.send({ ...testMail, from: 'jane@strict.example', mode: 'on-behalf' });
    const [event] = await log.waitForState('rejected');
    expect(event).toMatchObject({ attempt: 1, result: 'rejected', from: 'jane@strict.example' });
    expect(event?.reason).toMatch(/on-behalf cannot pass.*Mode rewritten can/);
    expect(relay.connectionCount).toBe(0);
  });
});

describe('when DNS does not answer', () => {
  test('a message waits, and costs no attempt', async () => {
    const { producer, log, relay, worker, keys } = await world();
    const { sends } = await producer.send({ ...testMail, from: 'jane@silent.example' });
    await producer.send({ ...testMail, to: 'later@dest.example' });
    await log.waitForState('accepted');
    await worker.close();
    expect(log.events).toHaveLength(1);
    expect(relay.received).toHaveLength(1);
    const sendId = sends[0]?.sendId;
    if (sendId === undefined) throw new Error('no send');
    expect(await client.exists(keys.ledger(sendId))).toBe(0);
    const score = await client.zscore(`${keys.bullPrefix}:send:delayed`, sendId);
    expect(score).not.toBeNull();
  });
});

describe('a refusal by policy', () => {
  const refusal = "550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy";

  test('of on-behalf: once more, rewritten, and the fleet remembers', async () => {
    const running = await world({
      script: (connection) =>
        connection === 1 ? { replies: { dot: refusal }, closeAfter: 'reply' } : {},
    });
    const { producer, log, relay, keys } = running;
    await producer.send({ ...testMail, to: 'bob@customer.example', mode: 'on-behalf' });
    await log.waitForState('accepted');
    expect(log.events).toMatchObject([
      { attempt: 1, mode: 'on-behalf', result: 'rejected', state: 'waiting' },
      { attempt: 2, mode: 'rewritten', result: 'accepted', state: 'accepted' },
    ]);
    expect(relay.received.map(({ messageId }) => messageId)[0]).toBe(relay.received[1]?.messageId);
    expect(await client.get(keys.policyRefusal('acme.example', 'gmail'))).toBe('1');
    const next = await sendOne(running, { to: 'sue@customer.example' });
    expect(next.event).toMatchObject({ mode: 'rewritten' });
  });

  test('after an uncertain attempt it stays as it was: the first may have arrived', async () => {
    const { producer, log } = await world({
      script: (connection) =>
        connection === 1 ? { closeAfter: 'dot' } : { replies: { dot: refusal } },
    });
    await producer.send({ ...testMail, to: 'bob@customer.example', mode: 'on-behalf' });
    await log.waitForState('rejected');
    expect(log.events.map(({ mode, result }) => [mode, result])).toEqual([
      ['on-behalf', 'uncertain'],
      ['on-behalf', 'rejected'],
    ]);
  });
});
