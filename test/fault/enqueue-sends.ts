import { setTimeout as delay } from 'node:timers/promises';
import type { Producer } from '../../src/producer/index.ts';
import { codeOf } from '../../src/runtime/errors.ts';

/** A send that was enqueued. */
export interface Enqueued {
  readonly sendId: string;
  readonly messageId: string;
  readonly recipient: string;
}

const callsAtOnce = 20;
const retryMs = 100;

/**
 * Enqueues sends to as many recipients, one each. A call that fails because Redis is away is made
 * again with the same idempotency key until it resolves.
 *
 * @param mayGo awaited before each call, with the number of the send
 * @param enqueued what the calls that resolved have brought so far is added to it
 */
export async function enqueueSends(
  producer: Producer,
  count: number,
  mayGo: (number: number) => Promise<void>,
  enqueued: Enqueued[] = [],
): Promise<Enqueued[]> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      await mayGo(number);
      enqueued.push(await enqueueOne(producer, number));
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, work));
  return enqueued;
}

async function enqueueOne(producer: Producer, number: number): Promise<Enqueued> {
  for (;;) {
    try {
      const { messageId, sends } = await producer.send({
        from: 'Jane Doe <jane@acme.example>',
        to: `user${number}@dest.example`,
        subject: `Mail ${number}`,
        text: `This is mail number ${number}.\n`,
        idempotencyKey: `mail-${number}`,
      });
      const [send] = sends;
      if (send === undefined) throw new TypeError('a call without a send');
      return { sendId: send.sendId, messageId, recipient: send.recipient };
    } catch (error) {
      if (codeOf(error) !== 'REDIS_UNAVAILABLE') throw error;
      await delay(retryMs);
    }
  }
}
