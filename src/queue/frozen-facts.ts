import type { Redis } from 'ioredis';
import { maskingModes, type MaskingMode } from '../mail/kinds.ts';
import { heldNeedsLua } from './held-needs.ts';
import type { MessageId } from '../mail/ids.ts';
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
  /** Row of the decision table that chose it, from 1. */
  readonly modeRow: number;
  /** Why, one sentence. */
  readonly why: string;
  /** Time of the Date field, the return path and the signatures, ms since 1970. */
  readonly dateMs: number;
  /** DKIM selector of the provider's own signature; also of the customer's, whose key is ours. */
  readonly selector: string;
  /** Domain of the customer's signature, in mode `aligned`. */
  readonly signingDomain?: string;
  /** Host of the return path. */
  readonly returnPathHost: string;
  /** Key id of the keyring that tokens of this message use. */
  readonly tokenKeyId: string;
}

/** Keeps the frozen facts of a shard's messages. */
export interface FrozenFactsStore {
  /** The facts of a message as they lie there, for looking at them; undefined where there are none. */
  peek(messageId: MessageId): Promise<FrozenFacts | undefined>;
  /** Stores the facts if the message has none yet; returns those that hold. */
  freeze(job: SendJob, facts: FrozenFacts): Promise<FrozenFacts>;
}

// KEYS[1] frozen, KEYS[2] held needs; ARGV[1] facts (JSON), ARGV[2] keep until (ms since 1970).
// Returns those that hold.
const freezeFacts = defineScript(`${heldNeedsLua}
local there = redis.call('GET', KEYS[1])
if not there then
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
  return ARGV[1]
end
raiseExpiry(KEYS[2], KEYS[1], ARGV[2])
return there
`);

/** The frozen facts in Redis. */
export function createFrozenFactsStore(redis: Redis, keys: KeyNames): FrozenFactsStore {
  return {
    async peek(messageId) {
      const json = await redis.get(keys.frozen(messageId));
      return json === null ? undefined : parseFrozenFacts(json);
    },
    async freeze(job, facts) {
      const until = job.expiresAt + ledgerRetentionMs;
      const names = [keys.frozen(job.messageId), keys.heldNeeds];
      const held = await runScript(redis, freezeFacts, names, [JSON.stringify(facts), until]);
      return parseFrozenFacts(String(held));
    },
  };
}

/**
 * Reads frozen facts from their JSON text.
 *
 * @throws OnbehalfError `INVALID_JOB` naming all fields at fault; `NEWER_VERSION`
 */
export function parseFrozenFacts(json: string): FrozenFacts {
  const source = readVersioned(JSON.parse(json), frozenFactsVersion, 'INVALID_JOB', 'frozen facts');
  const fields = new FieldReader(source);
  const facts: FrozenFacts = {
    v: frozenFactsVersion,
    mode: fields.oneOf('mode', maskingModes),
    modeRow: fields.count('modeRow'),
    why: fields.text('why'),
    dateMs: fields.count('dateMs'),
    selector: fields.text('selector'),
    ...(fields.has('signingDomain') ? { signingDomain: fields.text('signingDomain') } : {}),
    returnPathHost: fields.text('returnPathHost'),
    tokenKeyId: fields.text('tokenKeyId'),
  };
  fields.finish('INVALID_JOB', 'frozen facts');
  return facts;
}
