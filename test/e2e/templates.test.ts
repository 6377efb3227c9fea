import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHistory } from '../../src/history/index.ts';
import type { SendJob } from '../../src/queue/send-job.ts';
import { addressOf } from '../queue/sample-send.ts';
import { readMessage } from '../headers/read-message.ts';
import { signatureResults } from '../headers/verify-signature.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { dkimKeyPair, testKeyring } from '../support/world.ts';

const server = await startTestRedis();
const redis = new Redis(server.url, { maxRetriesPerRequest: null });
atEnd(() => redis.disconnect());

const template = {
  from: 'Jané Doe <jane@acme.example>',
  subject: 'Your quote, {{ name }}',
  text: `Hello {{ name }},\n${'here is the quote that you asked for.\n'.repeat(10)}{{ note }}\nJane\n`,
  html: `<p>Hello {{ name }},</p>\n${'<p>here is the quote that you asked for.</p>\n'.repeat(10)}<p>{{ note }}</p>`,
};
const bob = {
  to: 'Bob <bob@dest.example>',
  variables: { name: 'Bob & Ann', note: '.\n..\nFrom Köln ' },
};
const carol = { to: 'Carol <carol@dest.example>', variables: { name: '', note: '{{ name }}' } };

function filled(text: string, { name, note }: Readonly<Record<string, string>>): string {
  return text.replaceAll('{{ name }}', name ?? '').replaceAll('{{ note }}', () => note ?? '');
}

describe('a template', () => {
  test('sent twice: one stored content, two filled mails, two lines of history with their subjects', async () => {
    const { producer, log, relay, keys, prefix } = await startSendWorld(server.url);
    await using history = await createHistory({
      redisUrl: server.url,
      prefix,
      databaseFile: join(temporaryFolder(), 'history.sqlite'),
      migrate: true,
      keyring: testKeyring,
    });
    await producer.send({ ...template, ...bob });
    await producer.send({ ...template, ...carol });
    const events = await log.waitForState('accepted', 2);
    expect(new Set(events.map(({ contentKey }) => contentKey)).size).toBe(1);
    expect(await redis.keys(keys.content('*'))).toHaveLength(1);

    const mails = relay.received.toSorted((a, b) => (a.rcptTo.join() < b.rcptTo.join() ? -1 : 1));
    expect(mails.map(({ rcptTo }) => rcptTo)).toEqual([
      ['bob@dest.example'],
      ['carol@dest.example'],
    ]);
    for (const [index, { to, variables }] of [bob, carol].entries()) {
      const message = mails[index]?.message ?? Buffer.alloc(0);
      const reading = await readMessage(message);
      expect(reading.subject).toBe(`Your quote, ${variables.name}`);
      const [name, address] = to.slice(0, -1).split(' <');
      expect(reading.to).toEqual([{ name, address }]);
      expect(reading.text).toBe(filled(template.text, variables).trimEnd());
      const escaped = { ...variables, name: variables.name.replace('&', '&amp;') };
      expect(reading.html).toBe(filled(template.html, escaped));
      expect(
        await signatureResults(message, dkimKeyPair.privateKey, 's1._domainkey.crm.example'),
      ).toEqual(['pass']);
      // Neither mail holds anything of the other.
      expect(message.toString()).not.toContain(index === 0 ? 'arol' : 'ob@');
    }

    await eventually(async () => (await history.totals()).sends.accepted === 2, {
      what: 'both sends in the history',
    });
    for (const [address, name, subject] of [
      ['bob@dest.example', 'Bob', 'Your quote, Bob & Ann'],
      ['carol@dest.example', 'Carol', 'Your quote, '],
    ] as const) {
      const timeline = await history.timeline({ tenant: 'default', address: addressOf(address) });
      expect(timeline).toMatchObject({
        contact: { name },
        lines: [{ kind: 'send', state: 'accepted', subject, senderName: 'Jané Doe' }],
      });
    }
  });

  test('tried again is the same mail, byte for byte', async () => {
    const { producer, log, relay } = await startSendWorld(server.url, {
      script: (connection) => (connection === 1 ? { closeAfter: 'dot' } : {}),
    });
    await producer.send({ ...template, ...bob });
    await log.waitForState('accepted');
    expect(log.events).toMatchObject([{ result: 'uncertain' }, { result: 'accepted' }]);
    const [first, second] = relay.received;
    expect(first?.message.equals(second?.message ?? Buffer.alloc(0))).toBe(true);
  });

  test('recalled before anybody read it still has its subject in the history', async () => {
    const { producer, prefix } = await startSendWorld(server.url);
    await using history = await createHistory({
      redisUrl: server.url,
      prefix,
      databaseFile: join(temporaryFolder(), 'history.sqlite'),
      migrate: true,
      keyring: testKeyring,
    });
    const { sends } = await producer.send({ ...template, ...bob, sendAt: Date.now() + 3_600_000 });
    expect((await producer.cancel(sends[0]?.sendId ?? '')).kind).toBe('cancelled');
    await eventually(async () => (await history.totals()).sends.cancelled === 1, {
      what: 'the cancelled send in the history',
    });
    const address = addressOf('bob@dest.example');
    const timeline = await history.timeline({ tenant: 'default', address });
    expect(timeline?.lines).toMatchObject([
      { state: 'cancelled', subject: 'Your quote, Bob & Ann' },
    ]);
  });

  test('whose job lacks a variable is held with the reason, which repeats no value', async () => {
    const { producer, log, keys, worker, prefix } = await startSendWorld(server.url);
    await worker.close();
    const { sends } = await producer.send({ ...template, ...bob });
    const job = keys.job(sends[0]?.sendId ?? ('' as never));
    const data = JSON.parse((await redis.hget(job, 'data')) ?? '') as SendJob;
    const damaged = { ...data, variables: { note: 'hidden note' } };
    await redis.hset(job, 'data', JSON.stringify(damaged));
    const again = await startSendWorld(server.url, {}, { prefix });
    const [event] = await again.log.waitForState('held');
    expect(event?.reason).toMatch(/^RENDER_FAILED: .*text: uses name \(line 1\)/);
    expect(event?.reason).not.toContain('hidden');
    expect(log.events).toEqual([]);
  });
});
