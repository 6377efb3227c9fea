import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { isSendId, type MessageId, type SendId } from '../mail/ids.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import { ledgerRetentionMs } from './ledger.ts';
import { defineScript, runScript } from './script.ts';

/*
 * The record of an idempotency key: a fingerprint of the input, the times that were chosen for it,
 * and whether all its sends were enqueued. It is claimed before the jobs are added and completed
 * after; a call that died in between is finished by the next one with the same key, which adds the
 * same jobs again: their ids are the same, and the ledger knows those that are done.
 */

/** What a key was used for. */
export interface IdempotencyRecord {
  /** Digest of the input. */
  readonly fingerprint: string;
  /** Whether all sends of the call were enqueued. */
  readonly complete: boolean;
  /** Times that the first call chose, ms since 1970. */
  readonly createdAt: number;
  readonly sendAt: number;
  readonly expiresAt: number;
  /**
   * Random text of those who add the sends at the same time: they share one outcome, and when one of
   * them takes sends back the others cannot report success.
   */
  readonly turn: string;
  /** The sends of the call. */
  readonly sendIds: readonly SendId[];
  /** What `complete` was given to answer later calls with; absent: nothing. */
  readonly answer?: string;
}

/** What the first call with a key brings. */
export type IdempotencyClaim = Omit<IdempotencyRecord, 'complete' | 'answer'>;

/** Keeps the idempotency records of a shard. */
export interface IdempotencyStore {
  /**
   * Claims a key; undefined when it is ours now, else the record that holds it.
   *
   * @throws OnbehalfError `REDIS_UNSUITABLE` while another call with it takes its sends back
   */
  claim(messageId: MessageId, claim: IdempotencyClaim): Promise<IdempotencyRecord | undefined>;
  /** The sends of a key; empty where the key is not known (any more). */
  sendsOf(messageId: MessageId): Promise<readonly SendId[]>;
  /**
   * Notes that all sends were enqueued; false when another call with the key has taken some back
   * since this turn began.
   *
   * @param answer kept for later calls with the key; default nothing
   */
  complete(messageId: MessageId, turn: string, answer?: string): Promise<boolean>;
  /**
   * Asks to take the sends out of the queue again, for some could not be added; false when another
   * call with the key has enqueued them all. After true this turn is over for everybody, and none can
   * begin until {@link release} or {@link reopen}, or for 10 seconds should we die before.
   */
  withdraw(messageId: MessageId): Promise<boolean>;
  /** Lets the key be claimed again by calls with the same input, after sends were taken back. */
  reopen(messageId: MessageId): Promise<void>;
  /** Gives a claimed key back, after nothing was enqueued; not where another call has enqueued all. */
  release(messageId: MessageId): Promise<void>;
}

const nowLua = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

// KEYS[1] record; ARGV fingerprint, createdAt, sendAt, expiresAt, keep until, send ids, turn. Returns
// the fields of an earlier record, or an empty list.
const claimKey = defineScript(`${nowLua}
local there = redis.call('HMGET', KEYS[1], 'f', 'd', 'c', 's', 'e', 'i', 't', 'w', 'p')
if there[8] and tonumber(there[8]) > now() then return { 'withdrawn' } end
if there[1] then
  -- A nil would end the list.
  there[8], there[9] = '', there[9] or ''
  return there
end
redis.call('HSET', KEYS[1], 'f', ARGV[1], 'd', 0, 'c', ARGV[2], 's', ARGV[3], 'e', ARGV[4],
  'i', ARGV[6], 't', ARGV[7])
redis.call('PEXPIREAT', KEYS[1], ARGV[5])
return {}
`);

// KEYS[1] record; ARGV[1] turn, [2] answer or ''. Returns 1, or 0 where sends were withdrawn since.
const completeKey = defineScript(`
if redis.call('HGET', KEYS[1], 't') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'd', 1)
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'p', ARGV[2]) end
return 1
`);

// KEYS[1] record; ARGV[1] how long it may take, in milliseconds, [2] the turn of those who come after.
// Returns 1, or 0 where it is complete.
const withdrawKey = defineScript(`${nowLua}
if redis.call('HGET', KEYS[1], 'd') ~= '0' then return 0 end
redis.call('HSET', KEYS[1], 'w', now() + ARGV[1], 't', ARGV[2])
return 1
`);
const withdrawalMsMax = 10_000;

// KEYS[1] record. One that is complete stays: another call with the key has enqueued all.
const releaseKey = defineScript(`
if redis.call('HGET', KEYS[1], 'd') == '1' then return 0 end
return redis.call('DEL', KEYS[1])
`);

/** The idempotency records in Redis, kept for 7 days after the last possible end of their sends. */
export function createIdempotencyStore(redis: Redis, keys: KeyNames): IdempotencyStore {
  return {
    async claim(messageId, claim) {
      const answer = await runScript(
        redis,
        claimKey,
        [keys.idempotency(messageId)],
        [
          claim.fingerprint,
          claim.createdAt,
          claim.sendAt,
          claim.expiresAt,
          claim.expiresAt + ledgerRetentionMs,
          claim.sendIds.join(' '),
          claim.turn,
        ],
      );
      if (!Array.isArray(answer) || answer.length === 0) return undefined;
      if (answer.length === 1) {
        throw new OnbehalfError(
          'REDIS_UNSUITABLE',
          'another call with this idempotency key failed and is taking its sends back; try again in a moment',
        );
      }
      const [fingerprint, complete, createdAt, sendAt, expiresAt, sendIds, turn, , kept = ''] =
        answer.map(String);
      return {
        fingerprint: fingerprint ?? '',
        complete: complete === '1',
        createdAt: Number(createdAt),
        sendAt: Number(sendAt),
        expiresAt: Number(expiresAt),
        sendIds: readIds(sendIds),
        turn: turn ?? '',
        ...(kept === '' ? {} : { answer: kept }),
      };
    },
    async sendsOf(messageId) {
      return readIds((await redis.hget(keys.idempotency(messageId), 'i')) ?? undefined);
    },
    async complete(messageId, turn, answer = '') {
      const names = [keys.idempotency(messageId)];
      return (await runScript(redis, completeKey, names, [turn, answer])) === 1;
    },
    async withdraw(messageId) {
      const names = [keys.idempotency(messageId)];
      const values = [withdrawalMsMax, randomTurn()];
      return (await runScript(redis, withdrawKey, names, values)) === 1;
    },
    async reopen(messageId) {
      await redis.hdel(keys.idempotency(messageId), 'w');
    },
    async release(messageId) {
      await runScript(redis, releaseKey, [keys.idempotency(messageId)], []);
    },
  };
}

function readIds(text = ''): readonly SendId[] {
  return text.split(' ').filter(isSendId);
}

/** A turn of a first call. */
export function randomTurn(): string {
  return randomBytes(8).toString('hex');
}
