import type { Redis } from 'ioredis';
import { isSendId, type MessageId, type SendId } from '../mail/ids.ts';
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
  /** The sends of the call. */
  readonly sendIds: readonly SendId[];
}

/** What the first call with a key brings. */
export type IdempotencyClaim = Omit<IdempotencyRecord, 'complete'>;

/** Keeps the idempotency records of a shard. */
export interface IdempotencyStore {
  /** Claims a key; undefined when it is ours now, else the record that holds it. */
  claim(messageId: MessageId, claim: IdempotencyClaim): Promise<IdempotencyRecord | undefined>;
  /** The sends of a key; empty where the key is not known (any more). */
  sendsOf(messageId: MessageId): Promise<readonly SendId[]>;
  /** Notes that all sends were enqueued. */
  complete(messageId: MessageId): Promise<void>;
  /** Gives a claimed key back, after nothing was enqueued. */
  release(messageId: MessageId): Promise<void>;
}

// KEYS[1] record; ARGV fingerprint, createdAt, sendAt, expiresAt, keep until, send ids. Returns the fields
// of an earlier record, or an empty list.
const claimKey = defineScript(`
local there = redis.call('HMGET', KEYS[1], 'f', 'd', 'c', 's', 'e', 'i')
if there[1] then return there end
redis.call('HSET', KEYS[1], 'f', ARGV[1], 'd', 0, 'c', ARGV[2], 's', ARGV[3], 'e', ARGV[4], 'i', ARGV[6])
redis.call('PEXPIREAT', KEYS[1], ARGV[5])
return {}
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
        ],
      );
      if (!Array.isArray(answer) || answer.length === 0) return undefined;
      const [fingerprint, complete, createdAt, sendAt, expiresAt, sendIds] = answer.map(String);
      return {
        fingerprint: fingerprint ?? '',
        complete: complete === '1',
        createdAt: Number(createdAt),
        sendAt: Number(sendAt),
        expiresAt: Number(expiresAt),
        sendIds: readIds(sendIds),
      };
    },
    async sendsOf(messageId) {
      return readIds((await redis.hget(keys.idempotency(messageId), 'i')) ?? undefined);
    },
    async complete(messageId) {
      await redis.hset(keys.idempotency(messageId), 'd', 1);
    },
    async release(messageId) {
      await redis.del(keys.idempotency(messageId));
    },
  };
}

function readIds(text = ''): readonly SendId[] {
  return text.split(' ').filter(isSendId);
}
