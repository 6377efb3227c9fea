/**
 * Where domain facts are kept beyond one process. Entries are texts that only the room `domains` reads. A
 * cache that fails costs a look-up, nothing else: implementations may throw.
 */
export interface FactsCache {
  /** The entry of a name, or undefined where there is none or it has expired. */
  read(name: string): Promise<string | undefined>;
  /** Keeps an entry for `ttlMs` milliseconds. */
  write(name: string, entry: string, ttlMs: number): Promise<void>;
  /** Forgets an entry. */
  drop(name: string): Promise<void>;
}
