import { createHash } from 'node:crypto';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnbehalfError } from '../runtime/errors.ts';

/**
 * The socket path that belongs to a state directory: short, whatever the directory is called, and
 * in a private folder that no other user of the machine can have put there. Makes the folder.
 *
 * @throws OnbehalfError `SERVER_FAILED` when the folder is there but is not private to this user
 */
export async function socketPathFor(stateDirectory: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(stateDirectory))
    .digest('hex');
  const folder = join(tmpdir(), `onbehalf-${hash.slice(0, 8)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = await lstat(folder);
  const own = process.getuid === undefined || facts.uid === process.getuid();
  if (!facts.isDirectory() || !own || (facts.mode & 0o077) !== 0) {
    throw new OnbehalfError(
      'SERVER_FAILED',
      `${folder} must be a private folder of this user, but is not; remove it.`,
    );
  }
  return join(folder, 'redis.sock');
}
