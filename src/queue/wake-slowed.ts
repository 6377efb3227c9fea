import type { Redis } from 'ioredis';
import type { KeyNames } from './key-names.ts';
import type { SendQueue } from './send-queue.ts';
import { readWaitNote, type WaitNote } from './wait-notes.ts';

/** What {@link wakeSlowed} works with. */
export interface WakeContext {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly queue: Pick<SendQueue, 'delayed' | 'promote'>;
}

/**
 * Makes the sends due that wait because a key was slowed down, as their workers noted; how many. It
 * looks at all jobs that are delayed: for operators, not for every second.
 */
export async function wakeSlowed(context: WakeContext, slowedKey: string): Promise<number> {
  return wake(context, ({ cause, text }) => {
    const keys = text.replace(/^slow-down: /, '').split(', ');
    return cause === 'slow-down' && keys.includes(slowedKey);
  });
}

/** The same for the sends that a breaker holds. */
export async function wakeHeldByBreaker(context: WakeContext, breaker: string): Promise<number> {
  return wake(context, (note) => note.cause === 'breaker' && note.breaker === breaker);
}

async function wake(
  { redis, keys, queue }: WakeContext,
  isDueAgain: (note: WaitNote) => boolean,
): Promise<number> {
  let count = 0;
  for await (const sendIds of queue.delayed()) {
    const woken = await Promise.all(
      sendIds.map(async (sendId) => {
        const note = await readWaitNote(redis, keys, sendId);
        if (note === undefined || !isDueAgain(note)) return false;
        const isDue = await queue.promote(sendId);
        if (isDue) await redis.del(keys.waitNote(sendId));
        return isDue;
      }),
    );
    count += woken.filter(Boolean).length;
  }
  return count;
}
