import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createLedger } from '../../src/queue/ledger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';

const redis = await startTestRedis();
const client = new Redis(redis.url);
atEnd(() => client.disconnect());

/** A preferred relay that is busy for its first sessions, and a spare one that refuses the first mail. */
async function sendWithRefusal(refusal: string) {
  let isBusy = true;
  await using spare = await startRawRelay({
    script: () => ({ replies: { rcpt: refusal }, untilMail: 1 }),
  });
  const world = await startSendWorld(
    redis.url,
    { script: () => (isBusy ? { replies: { greeting: '421 4.3.2 Too busy' } } : {}) },
    {
      routes: [{ name: 'spare', host: spare.host, port: spare.port, priority: 20 }],
      retry: { baseMs: 700, capMs: 700, jitter: 0 },
    },
    { name: 'main' },
  );
  const { sends } = await world.producer.send(testMail);
  const [sendId] = sends.map((send) => send.sendId);
  if (sendId === undefined) throw new Error('no send');
  await world.log.waitForState('waiting');
  isBusy = false;
  const { preferredRoute } = await createLedger(client, world.keys).read(sendId);
  const [accepted] = await world.log.waitForState('accepted');
  return { preferredRoute, accepted, first: world.log.events[0] };
}

test('a greylisted send comes back over the relay that was told to come back', async () => {
  const { preferredRoute, accepted, first } = await sendWithRefusal('451 4.7.1 Greylisted');
  expect(first).toMatchObject({ attempt: 1, route: 'spare', result: 'deferred' });
  expect(first?.tookMs).toBeGreaterThanOrEqual(0);
  expect(preferredRoute).toBe('spare');
  expect(accepted).toMatchObject({ attempt: 2, route: 'spare' });
});

test('one that the relay is too busy for goes over the one that comes first', async () => {
  const { preferredRoute, accepted, first } = await sendWithRefusal('451 4.3.2 Too busy');
  expect(first).toMatchObject({ attempt: 1, route: 'spare', result: 'deferred' });
  expect(preferredRoute).toBeUndefined();
  expect(accepted).toMatchObject({ route: 'main' });
});
