import { existsSync, readFileSync } from 'node:fs';

/** Whether a process runs; one that has ended but was not yet waited for does not. */
export function processRuns(pid: number): boolean {
  try {
    // Signal 0 is not sent, only tried.
    process.kill(pid, 0);
    const status = `/proc/${pid}/status`;
    return !existsSync('/proc/self') || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}
