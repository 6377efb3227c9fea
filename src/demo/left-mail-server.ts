/*
 * A demo that is killed cannot stop its mail server, which lies in the system's temporary folder
 * and not in the demo's own. So a note of it is kept there, for the next demo.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { livingProcess, processIdentity } from '../runtime/process-identity.ts';
import type { Dovecot } from './dovecot.ts';

const noteName = 'dovecot.json';
const endTimeoutMs = 10_000;

/** Notes a running mail server in the demo's folder. */
export function noteMailServer(directory: string, dovecot: Dovecot): void {
  const note = { identity: processIdentity(dovecot.pid), directory: dovecot.directory };
  writeFileSync(join(directory, noteName), JSON.stringify(note));
}

/** Ends the mail server that is noted in a folder, if it still runs, and removes its files. */
export async function endLeftMailServer(directory: string, clock: Clock): Promise<void> {
  const file = join(directory, noteName);
  if (!existsSync(file)) return;
  const note = JSON.parse(readFileSync(file, 'utf8')) as { identity: string; directory: string };
  const pid = livingProcess(note.identity);
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  const deadline = clock.now() + endTimeoutMs;
  while (livingProcess(note.identity) !== undefined && clock.now() < deadline) {
    await clock.sleep(20);
  }
  await rm(note.directory, { recursive: true, force: true });
}
