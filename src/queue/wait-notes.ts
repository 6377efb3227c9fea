import type { Redis } from 'ioredis';
import type { SendId } from '../mail/ids.ts';
import type { KeyNames } from './key-names.ts';

/*
 * Why a send was put off without an attempt (a limit, DNS, a route that is down): told by its worker,
 * for `onbehalf why`. It decides nothing, and goes by itself once its time has come.
 */

/** Why a send waits, apart from the time of its next attempt. */
export interface WaitNote {
  readonly cause:
    'limit' | 'slow-down' | 'breaker' | 'dns' | 'route' | 'newer-version' | 'interrupted';
  /** One sentence without secrets. */
  readonly text: string;
  /** Until when, ms since 1970. */
  readonly until: number;
  /** Name of the breaker, where that is the cause. */
  readonly breaker?: string;
}

/** How long a note outlives its time, in milliseconds: the job may be taken late. */
const graceMs = 60_000;

/** Notes why a send waits. */
export async function writeWaitNote(
  redis: Redis,
  keys: KeyNames,
  sendId: SendId,
  note: WaitNote,
): Promise<void> {
  const expiry = Math.round(note.until + graceMs);
  await redis.set(keys.waitNote(sendId), JSON.stringify(note), 'PXAT', expiry);
}

/** Why a send waits; undefined where nobody told. */
export async function readWaitNote(
  redis: Redis,
  keys: KeyNames,
  sendId: SendId,
): Promise<WaitNote | undefined> {
  const text = await redis.get(keys.waitNote(sendId));
  return text === null ? undefined : (JSON.parse(text) as WaitNote);
}
