import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../runtime/errors.ts';

/** What `redis.json` in a state directory says about the shared Redis server. */
export interface RedisRecord {
  /** The socket path. */
  readonly url: string;
  readonly pid: number;
  /** Names the server process beyond its id, see `processIdentity`. */
  readonly identity: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The record of a state directory; undefined when there is none, or none that can be read. */
export async function readRedisRecord(stateDirectory: string): Promise<RedisRecord | undefined> {
  let text: string;
  try {
    text = await readFile(fileIn(stateDirectory), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const record: unknown = JSON.parse(text);
    return isRecord(record) ? record : undefined;
  } catch {
    // Not JSON: as good as no record, the next start writes a new one.
    return undefined;
  }
}

/** Writes the record; readers see the old one or the new one, nothing between. */
export async function writeRedisRecord(stateDirectory: string, record: RedisRecord): Promise<void> {
  const draft = `${fileIn(stateDirectory)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rename(draft, fileIn(stateDirectory));
}

/** Takes the record away; a missing one is fine. */
export async function removeRedisRecord(stateDirectory: string): Promise<void> {
  await rm(fileIn(stateDirectory), { force: true });
}

function fileIn(stateDirectory: string): string {
  return join(stateDirectory, 'redis.json');
}

function isRecord(value: unknown): value is RedisRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof RedisRecord, unknown>>;
  return (
    typeof fields.url === 'string' &&
    fields.url.startsWith('/') &&
    typeof fields.pid === 'number' &&
    typeof fields.identity === 'string' &&
    typeof fields.startedAt === 'string'
  );
}
