/**
 * Takes the lock of the folder given as argument as soon as it is free, checks that nobody else
 * has it, and ends without giving it back. Exit code 3 if it was not alone.
 */
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { tryProcessLock } from '../../src/runtime/process-lock.ts';

const folder = process.argv[2] ?? '';
while (tryProcessLock(folder, 'test.lock').kind !== 'taken') await setImmediate();
const marker = join(folder, 'marker');
try {
  openSync(marker, 'wx');
} catch {
  process.exit(3);
}
for (let turn = 0; turn < 20; turn += 1) await setImmediate();
rmSync(marker);
process.kill(process.pid, 'SIGKILL');
