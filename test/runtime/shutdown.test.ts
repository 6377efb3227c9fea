import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { onStopSignals } from '../../src/runtime/shutdown.ts';
import { atEnd } from '../support/leftovers.ts';

/** A process that stops in one of its ways, and the lines it prints. */
function start(way: string): {
  readonly child: ChildProcess;
  readonly nextLine: () => Promise<string>;
} {
  const child = spawn(
    process.execPath,
    [
      '--import',
      new URL('../support/typescript-loader.mjs', import.meta.url).href,
      fileURLToPath(new URL('shutdown-process.ts', import.meta.url)),
      way,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  atEnd(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, nextLine: async () => String((await lines.next()).value) };
}

test.each([
  ['SIGTERM', 'well', 0],
  ['SIGINT', 'well', 0],
  ['SIGTERM', 'badly', 1],
] as const)('%s, which it takes %s, ends with exit code %i', async (signal, way, code) => {
  const { child, nextLine } = start(way);
  expect(await nextLine()).toBe('ready');
  const exited = once(child, 'exit');
  child.kill(signal);
  expect(await nextLine()).toBe(signal);
  expect(await exited).toEqual([code, null]);
});

test('a second signal forces the end', async () => {
  const { child, nextLine } = start('never');
  expect(await nextLine()).toBe('ready');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await nextLine()).toBe('SIGTERM');
  child.kill('SIGINT');
  expect(await exited).toEqual([1, null]);
});

test('the listeners can be taken away again', () => {
  const count = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
  const before = count();
  const remove = onStopSignals({ stop: async () => undefined, exit: () => undefined });
  expect(count()).toBe(before + 2);
  remove();
  expect(count()).toBe(before);
});
