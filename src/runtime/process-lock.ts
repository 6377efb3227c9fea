/**
 * A lock between processes of one host that ends with its holder, even if that is killed.
 *
 * The lock is the file `<name>.<n>` with the highest n; its text is the identity of the
 * holder.
 *
 * - To take it, a process writes its text beside and links it to `<name>.<n+1>`: linking fails if
 *   somebody else was faster, and the file is never seen half-written.
 * - A holder that is gone is therefore never removed but outnumbered; removing it could hit the
 *   file of somebody who took over a moment earlier.
 * - For the same reason a release does not remove the file but empties it. Only lower numbers are
 *   removed, by the one that holds a higher one.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { livingProcess, processIdentity } from './process-identity.ts';

/** A lock that this process holds. */
export interface ProcessLock {
  /** Gives it back; a second call does nothing. */
  release(): void;
}

/** What came of trying to take a lock. */
export type ProcessLockResult =
  | { readonly kind: 'taken'; readonly lock: ProcessLock }
  | { readonly kind: 'held'; readonly pid: number };

/**
 * Tries once to take the lock. A lock held by this very process counts as held, too.
 *
 * @param directory folder of the lock's files; made when missing
 * @param name file name without the number, e.g. `redis.lock`
 */
export function tryProcessLock(directory: string, name: string): ProcessLockResult {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileOf = (number: number): string => join(directory, `${name}.${number}`);
  for (;;) {
    const numbers = numbersOf(directory, name);
    const highest = Math.max(0, ...numbers);
    const holder = highest === 0 ? undefined : livingHolder(fileOf(highest));
    if (holder !== undefined) return { kind: 'held', pid: holder };

    const mine = highest + 1;
    if (!linkNew(fileOf(mine), processIdentity(process.pid))) continue;
    for (const number of numbers) rmSync(fileOf(number), { force: true });
    let released = false;
    const release = (): void => {
      if (!released) writeFileSync(fileOf(mine), '');
      released = true;
    };
    return { kind: 'taken', lock: { release } };
  }
}

function numbersOf(directory: string, name: string): readonly number[] {
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => Number(file.slice(name.length + 1)))
    .filter((number) => Number.isInteger(number));
}

function linkNew(file: string, text: string): boolean {
  const draft = `${file}-${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Process id of the holder; undefined when the file is gone, released, or its holder is. */
function livingHolder(file: string): number | undefined {
  try {
    return livingProcess(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
