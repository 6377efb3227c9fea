import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { livingProcess, processIdentity } from '../../src/runtime/process-identity.ts';
import { tryProcessLock } from '../../src/runtime/process-lock.ts';
import type { ProcessLock } from '../../src/runtime/process-lock.ts';
import '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const folder = temporaryFolder();

function take(directory: string): ProcessLock {
  const result = tryProcessLock(directory, 'test.lock');
  if (result.kind !== 'taken') throw new Error(`held by ${result.pid}`);
  return result.lock;
}

test('is held until it is released, and can be taken again', () => {
  const directory = mkdtempSync(join(folder, 'simple-'));
  const lock = take(directory);
  expect(tryProcessLock(directory, 'test.lock')).toEqual({ kind: 'held', pid: process.pid });
  lock.release();
  const next = take(directory);
  lock.release();
  expect(tryProcessLock(directory, 'test.lock')).toEqual({ kind: 'held', pid: process.pid });
  next.release();
  expect(readdirSync(directory)).toEqual(['test.lock.2']);
});

test('ends with its holder, even if the process id is given again', () => {
  const directory = mkdtempSync(join(folder, 'stale-'));
  writeFileSync(join(directory, 'test.lock.7'), `${process.pid} 1`);
  take(directory);
  expect(readdirSync(directory)).toEqual(['test.lock.8']);
});

test('goes from one killed process to the next, to one at a time', async () => {
  const directory = mkdtempSync(join(folder, 'many-'));
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const children = Array.from({ length: 8 }, () =>
    spawn(
      process.execPath,
      [
        '--import',
        at('../support/typescript-loader.mjs'),
        at('process-lock-process.ts'),
        directory,
      ],
      { stdio: 'inherit' },
    ),
  );
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(ends.map(([, signal]) => signal)).toEqual(children.map(() => 'SIGKILL'));
  expect(readdirSync(directory)).toEqual(['test.lock.8']);
});

test('an identity names a process only while it runs', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(child, 'spawn');
  const identity = processIdentity(child.pid ?? 0);
  expect(livingProcess(identity)).toBe(child.pid);
  child.stdin.end();
  await once(child, 'exit');
  expect(livingProcess(identity)).toBeUndefined();
  expect(livingProcess('')).toBeUndefined();
});
