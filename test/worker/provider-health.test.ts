import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { listWorkers } from '../../src/queue/worker-registry.ts';
import { createProviderCounts } from '../../src/worker/provider-health.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';

const reply = (code: number) => ({ kind: 'reply', reply: { code, text: '' } }) as const;

test('counts answers of the last minute, by provider', () => {
  let at = 1_000_000;
  const counts = createProviderCounts(() => at);
  expect(counts.read()).toEqual([]);
  for (const code of [250, 250, 451, 550]) counts.count('gmail', reply(code));
  counts.count('temperror', reply(250));
  // Nothing was said of the mail, so nothing of the provider.
  counts.count('gmail', { kind: 'session-refused', reply: { code: 421, text: '' } });
  counts.count('gmail', { kind: 'interrupted', error: new Error('cut') });
  at += 2_000;
  const first = [
    { provider: 'gmail', overMs: 2_000, answeredCount: 4, deferredCount: 1 },
    { provider: 'other', overMs: 2_000, answeredCount: 1, deferredCount: 0 },
  ];
  expect(counts.read()).toEqual(first);
  // 2 s apart, as heartbeats are: after a minute the first ones are no longer counted.
  for (let beat = 1; beat <= 29; beat += 1) {
    at += 2_000;
    counts.count('gmail', reply(451));
    counts.read();
  }
  at += 2_000;
  expect(counts.read()).toEqual([
    { provider: 'gmail', overMs: 60_000, answeredCount: 29, deferredCount: 29 },
  ]);
  at += 3_600_000;
  expect(counts.read()).toEqual([]);
});

test('a worker tells of them', async () => {
  const redis = await startTestRedis();
  const client = new Redis(redis.url);
  atEnd(() => client.disconnect());
  const world = await startSendWorld(redis.url, {
    script: (connection) =>
      connection === 1 ? { replies: { rcpt: '452 4.2.2 Mailbox full' }, untilMail: 1 } : {},
  });
  await world.producer.send(testMail);
  await world.log.waitForState('accepted');
  const [provider] = await eventually(
    async () => {
      const [worker] = await listWorkers(client, world.keys);
      return (worker?.providers?.length ?? 0) > 0 ? worker?.providers : undefined;
    },
    { what: 'the next heartbeat' },
  );
  expect(provider).toMatchObject({ provider: 'other', answeredCount: 2, deferredCount: 1 });
});
