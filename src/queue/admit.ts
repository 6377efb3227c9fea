import type { Redis } from 'ioredis';
import type { EmailAddress } from '../mail/address.ts';
import type { MessageContent } from '../mail/message-content.ts';
import type { ContentStore } from './content-store.ts';
import { parseFrozenFacts, type FrozenFacts } from './frozen-facts.ts';
import { heldNeedsLua } from './held-needs.ts';
import type { KeyNames } from './key-names.ts';
import { ledgerRetentionMs, readCall } from './ledger-calls.ts';
import { readLedgerAnswer, type LedgerEntry } from './ledger.ts';
import { readLedger } from './ledger-scripts.ts';
import { defineScript, runScript, type Script } from './script.ts';
import type { SendJob } from './send-job.ts';
import type { MirroredSuppression } from './suppression-mirror.ts';
import { lookUpValue, suppressionIn } from './suppression-record.ts';
import { suppressionsLua } from './suppression-scripts.ts';

/*
 * What a worker needs to know of a send before it does anything: its ledger, the frozen facts of its
 * message, what suppresses its recipient, and the content. All but the content comes with one call of
 * a script, which travels together with those of the other jobs of the moment (group-commit.ts); the
 * content, where it is not known already, is asked for in the same write. Facts that several sends
 * share have a key of their own; those of a message with one send lie in its ledger, and go with it.
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
  /** What suppresses its recipient for mail of this sender, if anything does. */
  readonly suppressionFor: (sender: EmailAddress) => MirroredSuppression | undefined;
  /** Number of the latest change of the breakers that have tripped; 0 for none. */
  readonly breakersVersion: number;
}

/** Reads what is known of sends. */
export interface Admissions {
  /** Begins to read what is known of a send, and keeps its frozen facts for as long as it needs them. */
  admit(job: SendJob): Admission;
}

/**
 * KEYS[1] ledger, [2] ends, [3] suppressed, [4] breakers; ARGV[1] hour, [2] prefix, [3] field, [4] what
 * looks the recipient up. Returns what `readLedger` returns; if there is any of it, in a list with the
 * facts or '', the records of suppressions or '', for these the time, ms since 1970, and the version of
 * the breakers or ''.
 *
 * @param factsLua sets `facts`, where the message has other sends; else its facts are in the ledger
 */
function knownScript(factsLua: string): Script {
  return defineScript(`${suppressionsLua}
local function ledger(KEYS, ARGV)
${readLedger.lua}
end
local facts = false
${factsLua}
local records, now = suppressionsOf(KEYS[3], ARGV[4])
local version = redis.call('HGET', KEYS[4], 'v')
if not facts and not version and records == '' then return ledger(KEYS, ARGV) end
return { ledger(KEYS, ARGV), facts or '', records, now, version or '' }
`);
}
const readKnownOfSole = knownScript('');
// KEYS[5] frozen, [6] held needs; ARGV[5] the facts are needed until, ms since 1970.
const readKnown = knownScript(`${heldNeedsLua}
facts = redis.call('GET', KEYS[5])
if facts then raiseExpiry(KEYS[6], KEYS[5], ARGV[5]) end
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
    const { tenant, recipient } = job;
    const isSole = job.soleSend === true;
    const names = isSole ? [] : [keys.frozen(job.messageId), keys.heldNeeds];
    const values = [...call.values, lookUpValue(tenant, recipient)];
    if (!isSole) values.push(job.expiresAt + ledgerRetentionMs);
    const answer = await runScript(
      redis,
      isSole ? readKnownOfSole : readKnown,
      [...call.keys, keys.suppressed, keys.breakers, ...names],
      values,
    );
    const list = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
    const [ledger, facts, records, now, version] = Array.isArray(list[0]) ? list : [list];
    const entry = readLedgerAnswer(ledger, job.createdAt);
    const hasFacts = typeof facts === 'string' && facts !== '';
    return {
      entry,
      frozen: () => (isSole ? frozenIn(entry) : hasFacts ? parseFrozenFacts(facts) : undefined),
      suppressionFor: (sender) =>
        typeof records === 'string' && records !== ''
          ? suppressionIn(records, { tenant, recipient, sender }, Number(now))
          : undefined,
      breakersVersion: Number(version ?? 0),
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
