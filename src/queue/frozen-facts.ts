import type { Redis } from 'ioredis';
import { maskingModes, type MaskingMode } from '../mail/kinds.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { KeyNames } from './key-names.ts';
import { ledgerRetentionMs } from './ledger.ts';
import { FieldReader, readVersioned } from './reading.ts';
import { defineScript, runScript } from './script.ts';
import type { SendJob } from './send-job.ts';

/** Newest version of the frozen facts this release writes and reads. */
export const frozenFactsVersion = 1;

/**
 * What the first worker that takes a message fixes for all its sends and all their attempts, so
 * that a retry is the same mail, byte for byte.
 */
export interface FrozenFacts {
  readonly v: typeof frozenFactsVersion;
  readonly mode: MaskingMode;
  /** Time of the Date field, the return path and the signature, ms since 1970. */
  readonly dateMs: number;
  /** DKIM selector the message is signed with. */
  readonly selector: string;
  /** Key id of the keyring that tokens of this message use. */
  readonly tokenKeyId: string;
}

/** Keeps the frozen facts of a shard's messages. */
export interface FrozenFactsStore {
  /** Stores the facts if the message has none yet; returns those that hold. */
  freeze(job: SendJob, facts: FrozenFacts): Promise<FrozenFacts>;
}

// KEYS[1] frozen; ARGV[1] facts (JSON), ARGV[2] keep until (ms since 1970). Returns those that hold.
// A held send has taken the expiry away (PTTL -1): then it stays away.
const freezeFacts = defineScript(`
local there = redis.call('GET', KEYS[1])
if not there then
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
  return ARGV[1]
end
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if now + left < tonumber(ARGV[2]) then redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
end
return there
`);

/** The frozen facts in Redis. */
export function createFrozenFactsStore(redis: Redis, keys: KeyNames): FrozenFactsStore {
  return {
    async freeze(job, facts) {
      const until = job.expiresAt + ledgerRetentionMs;
      const json = JSON.stringify(facts);
      const held = await runScript(redis, freezeFacts, [keys.frozen(job.messageId)], [json, until]);
      if (typeof held !== 'string') {
        throw new OnbehalfError('INVALID_JOB', 'frozen facts are no text');
      }
      return parseFrozenFacts(held);
    },
  };
}

function parseFrozenFacts(json: string): FrozenFacts {
  const source = readVersioned(JSON.parse(json), frozenFactsVersion, 'INVALID_JOB', 'frozen facts');
  const fields = new FieldReader(source);
  const facts: FrozenFacts = {
    v: frozenFactsVersion,
    mode: fields.oneOf('mode', maskingModes),
    dateMs: fields.count('dateMs'),
    selector: fields.text('selector'),
    tokenKeyId: fields.text('tokenKeyId'),
  };
  fields.finish('INVALID_JOB', 'frozen facts');
  return facts;
}
