import type { Redis } from 'ioredis';
import type { MessageContent } from '../mail/message-content.ts';
import type { ContentStore } from './content-store.ts';
import { parseFrozenFacts, type FrozenFacts } from './frozen-facts.ts';
import { heldNeedsLua } from './held-needs.ts';
import type { KeyNames } from './key-names.ts';
import { ledgerRetentionMs, readCall } from './ledger-calls.ts';
import { readLedgerAnswer, type LedgerEntry } from './ledger.ts';
import { readLedger } from './ledger-scripts.ts';
import { defineScript, runScript } from './script.ts';
import type { SendJob } from './send-job.ts';

/*
 * What a worker needs to know of a send before it does anything: its ledger, the frozen facts of its
 * message and the content. Ledger and facts come with one call of a script, which travels together
 * with those of the other jobs of the moment (group-commit.ts); the content, where it is not known
 * already, is asked for in the same write. Facts that several sends share have a key of their own;
 * those of a message with one send lie in its ledger, and go with it.
 */

/** What is being read of a send; each is awaited, and fails, where it is used. */
export interface Admission {
  readonly known: Promise<KnownOfSend>;
  readonly content: Promise<MessageContent | undefined>;
}

/** What Redis knows of a send besides its content. */
export interface KnownOfSend {
  readonly entry: LedgerEntry;
  /**
   * The facts that were frozen for its message, if any were.
   *
   * @throws OnbehalfError `INVALID_JOB`, `NEWER_VERSION` for facts that cannot be read
   */
  readonly frozen: () => FrozenFacts | undefined;
}

/** Reads what is known of sends. */
export interface Admissions {
  /** Begins to read what is known of a send, and keeps its frozen facts for as long as it needs them. */
  admit(job: SendJob): Admission;
}

// KEYS[1] ledger, [2] ends, [3] frozen, [4] held needs; ARGV[1] hour, [2] prefix, [3] field,
// [4] facts are needed until (ms since 1970). Returns the facts or '', and what `readLedger` returns.
const readKnown = defineScript(`${heldNeedsLua}
local function ledger(KEYS, ARGV)
${readLedger.lua}
end
local facts = redis.call('GET', KEYS[3])
if facts then raiseExpiry(KEYS[4], KEYS[3], ARGV[4]) end
return { facts or '', ledger(KEYS, ARGV) }
`);

/**
 * The frozen facts that a ledger holds.
 *
 * @throws OnbehalfError `INVALID_JOB`, `NEWER_VERSION`
 */
export function frozenIn({ frozen }: LedgerEntry): FrozenFacts | undefined {
  return frozen === undefined ? undefined : parseFrozenFacts(frozen);
}

/** Reads from Redis, and contents from a store. */
export function createAdmissions(
  redis: Redis,
  keys: KeyNames,
  contents: Pick<ContentStore, 'get'>,
): Admissions {
  const read = async (job: SendJob): Promise<KnownOfSend> => {
    const call = readCall(keys, job);
    if (job.soleSend === true) {
      const answer = await runScript(redis, call.script, call.keys, call.values);
      const entry = readLedgerAnswer(answer, job.createdAt);
      return { entry, frozen: () => frozenIn(entry) };
    }
    const names = [...call.keys, keys.frozen(job.messageId), keys.heldNeeds];
    const values = [...call.values, job.expiresAt + ledgerRetentionMs];
    const answer = await runScript(redis, readKnown, names, values);
    const [facts, ledger] = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
    return {
      entry: readLedgerAnswer(ledger, job.createdAt),
      frozen: () =>
        typeof facts === 'string' && facts !== '' ? parseFrozenFacts(facts) : undefined,
    };
  };
  return {
    admit(job) {
      const known = read(job);
      const content = contents.get(job.tenant, job.contentKey);
      // A send that is over needs no content; what failed then is nobody's trouble.
      content.catch(() => undefined);
      return { known, content };
    },
  };
}
