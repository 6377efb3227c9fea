import { readFileSync } from 'node:fs';
import { codeOf } from './errors.ts';

/**
 * A text that names one process of this host: its id and, where the system tells it, its start
 * time, because ids are given again, and in containers the same ones come back at every start.
 * Empty for a process that does not run.
 */
export function processIdentity(pid: number): string {
  const stat = statOf(pid);
  if (stat === undefined) return isAlive(pid) ? String(pid) : '';
  // The name in parentheses may hold anything; the start time is the 20th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : `${pid} ${fields[19]}`;
}

/** The id of the process that an identity names; undefined when that process has ended. */
export function livingProcess(identity: string): number | undefined {
  const pid = Number(identity.split(' ')[0]);
  return Number.isInteger(pid) && pid > 0 && identity === processIdentity(pid) ? pid : undefined;
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    // A process that ends while its entry is read answers ESRCH.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
