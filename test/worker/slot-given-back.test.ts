import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SendId } from '../../src/mail/ids.ts';
import { readWaitNote } from '../../src/queue/wait-notes.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail, type SendWorld } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';

const redis = await startTestRedis();
const client = new Redis(redis.url);
atEnd(() => client.disconnect());

/** A world where one mail in 20 seconds may go, one has gone, and the next one waits for its slot. */
async function oneIsBooked(expiresAt?: number) {
  const limits = [{ name: 'few', windows: [{ sendsMax: 1, perMs: 20_000 }] }];
  const world = await startSendWorld(redis.url, {}, { limits });
  await world.producer.send(testMail);
  await world.log.waitForState('accepted');
  const { sends } = await world.producer.send({
    ...testMail,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  const sendId = sends[0]?.sendId;
  if (sendId === undefined) throw new Error('no send');
  await eventually(async () => hasSlot(world, sendId), { what: 'its slot is booked' });
  await eventually(async () => readWaitNote(client, world.keys, sendId), { what: 'it is put off' });
  return { world, sendId };
}

const hasSlot = async ({ keys }: SendWorld, sendId: SendId): Promise<boolean> =>
  (await client.exists(`${keys.limits}:slot:${sendId}`)) === 1;

test('a send that is cancelled gives back its slot', async () => {
  const { world, sendId } = await oneIsBooked();
  expect(await world.producer.cancel(sendId)).toMatchObject({ kind: 'cancelled' });
  expect(await hasSlot(world, sendId)).toBe(false);
});

test('and so does one that expires before its slot', async () => {
  const { world, sendId } = await oneIsBooked(Date.now() + 2_000);
  const [event] = await world.log.waitForState('expired');
  expect(event).toMatchObject({ sendId, reason: 'expiresAt has passed' });
  expect(await hasSlot(world, sendId)).toBe(false);
});
