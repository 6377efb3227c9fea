import type { Redis } from 'ioredis';
import type { EmailAddress } from '../mail/address.ts';
import type { KeyNames } from './key-names.ts';
import { runScript } from './script.ts';
import {
  emptyDigest,
  lookUpValue,
  placeOfScope,
  recordIdOf,
  recordOf,
  suppressionIn,
} from './suppression-record.ts';
import {
  beginRebuild,
  bucketCount,
  changeSuppressions,
  fillList,
  findSuppressions,
  finishRebuild,
} from './suppression-scripts.ts';

export { emptyDigest, joinDigests, suppressionDigest } from './suppression-record.ts';

/** Whom a suppression is about. */
export type SuppressionScope =
  | { readonly kind: 'address'; readonly address: string }
  /** The address, for mail of this sender only. */
  | { readonly kind: 'pair'; readonly address: string; readonly sender: string }
  | { readonly kind: 'domain'; readonly domain: string };

/** A suppression as workers and producers need it. Addresses and domains in the form that is compared. */
export interface MirroredSuppression {
  readonly tenant: string;
  readonly scope: SuppressionScope;
  /** Why: a bounce class, `manual`, `import` or `unsubscribed`. */
  readonly reason: string;
  /** Since when, ms since 1970. */
  readonly since: number;
  /** When it ends, ms since 1970; absent: when somebody removes it. */
  readonly expiresAt?: number;
}

/**
 * The suppression list where workers and producers look: in Redis, in constant time. The database
 * holds the list; whoever changes it there changes it here after its commit, and compares the
 * summaries now and then.
 *
 * A domain suppresses its own addresses only, not those of its subdomains: these often have servers of
 * their own. An entry that has ended suppresses nobody, by the clock of Redis, but stays in the list
 * and its summary until it is removed.
 */
export interface SuppressionMirror {
  /** Puts entries in, each in place of the one with its scope. Safe to repeat. */
  put(entries: readonly MirroredSuppression[]): Promise<void>;
  /** Takes entries out; does nothing where there are none. */
  remove(entries: readonly Pick<MirroredSuppression, 'tenant' | 'scope'>[]): Promise<void>;
  /** The suppression that holds for mail of this sender to this recipient, if one does. */
  find(
    tenant: string,
    recipient: EmailAddress,
    sender: EmailAddress,
  ): Promise<MirroredSuppression | undefined>;
  /** The same for several recipients in one call, in their order. */
  findAll(
    tenant: string,
    recipients: readonly EmailAddress[],
    sender: EmailAddress,
  ): Promise<readonly (MirroredSuppression | undefined)[]>;
  /**
   * Replaces the whole list at one moment, at the end. Read the entries from the database as they are
   * asked for, not before: what is put or removed here since this call began holds, whatever they say.
   * After a crash the old list holds, and the next rebuild cleans up. When another rebuild begins, this
   * one ends without effect.
   */
  rebuild(entries: AsyncIterable<readonly MirroredSuppression[]>): Promise<void>;
  /** Entries, and all their {@link suppressionDigest} joined; takes the same time however many there are. */
  summary(): Promise<{ readonly count: number; readonly digest: string }>;
}

/** Entries in one call of a script: bounds how long Redis serves nobody else. */
const entriesPerCall = 200;
/** Keys that are given up in one command. */
const namesPerCall = 2_048;

/** The mirror of the suppression list in Redis. */
export function createSuppressionMirror(redis: Redis, keys: KeyNames): SuppressionMirror {
  const { suppressed, suppressedBefore } = keys;
  const change = async (values: readonly Buffer[]): Promise<void> => {
    await runScript(redis, changeSuppressions, [suppressed], values);
  };

  const giveUpLists = async (): Promise<void> => {
    for (const list of await redis.smembers(suppressedBefore)) {
      const name = `${suppressed}:${list}:`;
      await redis.unlink(`${name}changed`);
      for (let from = 0; from < bucketCount; from += namesPerCall) {
        const names = Array.from({ length: namesPerCall }, (_, index) => `${name}${from + index}`);
        await redis.unlink(...names);
      }
      // Last: a crash before leaves the list to the next rebuild.
      await redis.srem(suppressedBefore, list);
    }
  };

  const findAll: SuppressionMirror['findAll'] = async (tenant, recipients, sender) => {
    if (recipients.length === 0) return [];
    const values = recipients.map((recipient) => lookUpValue(tenant, recipient));
    const answer = await runScript(redis, findSuppressions, [suppressed], values);
    const found = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
    return recipients.map((recipient, index) => {
      const [records, now] = found.slice(2 * index);
      return suppressionIn(String(records), { tenant, recipient, sender }, Number(now));
    });
  };

  return {
    async put(entries) {
      for (const some of inGroups(entries)) await change(some.flatMap(valuesOf));
    },
    async remove(entries) {
      for (const some of inGroups(entries)) {
        await change(
          some.flatMap(({ tenant, scope }) => [
            placeOfScope(tenant, scope),
            recordIdOf(scope),
            Buffer.alloc(0),
          ]),
        );
      }
    },
    findAll,
    find: async (tenant, recipient, sender) => (await findAll(tenant, [recipient], sender))[0],
    async rebuild(entries) {
      const list = Number(await runScript(redis, beginRebuild, [suppressed, suppressedBefore], []));
      for await (const page of entries) {
        for (const some of inGroups(page)) {
          const values = [list, ...some.flatMap(valuesOf)];
          if ((await runScript(redis, fillList, [suppressed], values)) !== 1) return;
        }
      }
      await runScript(redis, finishRebuild, [suppressed, suppressedBefore], [list]);
      await giveUpLists();
    },
    async summary() {
      const [count, digest] = await redis.hmget(suppressed, 'n', 'x');
      return { count: Number(count ?? 0), digest: digest ?? emptyDigest };
    },
  };
}

function valuesOf(entry: MirroredSuppression): readonly Buffer[] {
  const { tenant, scope } = entry;
  return [placeOfScope(tenant, scope), recordIdOf(scope), recordOf(entry)];
}

function* inGroups<T>(entries: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < entries.length; from += entriesPerCall) {
    yield entries.slice(from, from + entriesPerCall);
  }
}
