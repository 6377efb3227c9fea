/**
 * Closing what a test file opened.
 *
 * Use `atEnd` instead of jest's `afterAll`: jest runs `afterAll` hooks in the order they were
 * written, which stops a server before its clients. Here the last thing opened is closed first,
 * and then the file fails if a child process is still alive, because it would outlive the tests.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll } from '@jest/globals';

const closers: (() => unknown)[] = [];
const childrenBefore = new Set(childProcesses());

/** Registers something to close when the file's tests are over; may be called anywhere. */
export function atEnd(close: () => unknown): void {
  closers.push(close);
}

/** Ids of the living child processes of this process; empty where there is no `/proc`. */
function childProcesses(): readonly number[] {
  let threads: readonly string[];
  try {
    threads = readdirSync('/proc/self/task');
  } catch {
    return [];
  }
  return threads.flatMap((thread) => {
    try {
      const children = readFileSync(`/proc/self/task/${thread}/children`, 'utf8');
      return children.split(' ').filter(Boolean).map(Number);
    } catch {
      // A thread may end while we look.
      return [];
    }
  });
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'closing failed');
  const left = childProcesses().filter((pid) => !childrenBefore.has(pid));
  if (left.length === 0) return;
  const names = left.map((pid) => `${pid} ${commandLine(pid)}`);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  throw new Error(`left running (close it with atEnd): ${names.join('; ')}`);
}, 30_000);

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '(gone)';
  }
}
