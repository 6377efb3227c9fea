/**
 * Answers of look-ups, kept for as long as DNS allows.
 *
 * 1. This process: the latest entries, each for 5 minutes at most, so that what another process has
 *    dropped is not believed for long.
 * 2. The shared cache: until the entry's own end. Its failures cost a look-up and nothing else.
 * 3. A look-up that is under way is waited for by everybody who asks the same.
 *
 * What rests on an answer that DNS did not give is kept briefly, and by this process only: another
 * one may reach other servers. A name that is dropped during its look-up is looked up again by the
 * next who asks, and the old answer is not kept.
 */
import type { FactsCache } from '../mail/facts-cache.ts';
import type { Clock } from '../runtime/clock.ts';
import { silentLogger, type Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { TimeToLive } from './time-to-live.ts';

const entriesMax = 10_000;
const ownLifeMaxMs = 300_000;
const lifeMinMs = 1_000;
const lifeMaxMs = 86_400_000;
const entryVersion = 1;

/** Options of {@link CachedLookups}. */
export interface CachedLookupsOptions<Value> {
  readonly clock: Clock;
  /** Looks a name up; `ttl` is to be told every answer it rests on. */
  readonly lookUp: (name: string, ttl: TimeToLive) => Promise<Value>;
  readonly cache?: FactsCache | undefined;
  /** What the names of this kind begin with in the shared cache. */
  readonly prefix: string;
  /** Whether something out of the shared cache is a value. */
  readonly isValue: (value: unknown, name: string) => value is Value;
  readonly logger?: Logger | undefined;
}

interface Entry<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

/** Look-ups by name, each answer kept and each question asked once. */
export class CachedLookups<Value> {
  readonly #options: CachedLookupsOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #underWay = new Map<string, Promise<Value>>();

  constructor(options: CachedLookupsOptions<Value>) {
    this.#options = options;
  }

  /** The value of a name, kept or looked up. */
  async get(name: string): Promise<Value> {
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.untilMs > this.#options.clock.now()) {
      // The latest used stand last; the first ones make room.
      this.#entries.delete(name);
      this.#entries.set(name, entry);
      return entry.value;
    }
    const underWay = this.#underWay.get(name) ?? this.#begin(name);
    return underWay;
  }

  /** Forgets a name, here and in the shared cache. */
  async drop(name: string): Promise<void> {
    this.#entries.delete(name);
    this.#underWay.delete(name);
    const { cache, prefix } = this.#options;
    if (cache !== undefined) await this.#unimportant(cache.drop(`${prefix}${name}`));
  }

  #begin(name: string): Promise<Value> {
    const work: Promise<Value> = this.#find(name, () => this.#underWay.get(name) === work).finally(
      () => {
        if (this.#underWay.get(name) === work) this.#underWay.delete(name);
      },
    );
    this.#underWay.set(name, work);
    return work;
  }

  async #find(name: string, isWanted: () => boolean): Promise<Value> {
    const { clock, lookUp, cache, prefix } = this.#options;
    const shared = await this.#readShared(name);
    if (shared !== undefined) {
      if (isWanted()) this.#keep(name, shared);
      return shared.value;
    }
    const ttl = new TimeToLive();
    const value = await lookUp(name, ttl);
    const lifeMs = Math.min(Math.max(ttl.ms, lifeMinMs), lifeMaxMs);
    const entry = { value, untilMs: clock.now() + lifeMs };
    if (!isWanted()) return value;
    this.#keep(name, entry);
    if (cache !== undefined && !ttl.sawFailure) {
      const text = JSON.stringify({ v: entryVersion, ...entry });
      await this.#unimportant(cache.write(`${prefix}${name}`, text, lifeMs));
    }
    return value;
  }

  #keep(name: string, { value, untilMs }: Entry<Value>): void {
    const ownUntilMs = Math.min(untilMs, this.#options.clock.now() + ownLifeMaxMs);
    this.#entries.set(name, { value, untilMs: ownUntilMs });
    if (this.#entries.size <= entriesMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  async #readShared(name: string): Promise<Entry<Value> | undefined> {
    const { cache, prefix, clock, isValue, logger = silentLogger } = this.#options;
    if (cache === undefined) return undefined;
    let text: string | undefined;
    await this.#unimportant(
      cache.read(`${prefix}${name}`).then((found) => {
        text = found;
      }),
    );
    if (text === undefined) return undefined;
    try {
      const { v, untilMs, value } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      if (v === entryVersion && typeof untilMs === 'number' && isValue(value, name)) {
        return untilMs > clock.now() ? { value, untilMs } : undefined;
      }
    } catch {
      // Not JSON: as good as no entry, it is written anew.
    }
    logger.debug('facts-cache-unreadable', { name });
    return undefined;
  }

  async #unimportant(work: Promise<unknown>): Promise<void> {
    await swallow(work, 'the cache of domain facts only saves look-ups', this.#options.logger);
  }
}
