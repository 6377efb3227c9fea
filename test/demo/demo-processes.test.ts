import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { demoEnvironment, startDemoProcesses } from '../../src/demo/demo-processes.ts';
import type { StartDemoProcess } from '../../src/demo/demo-processes.ts';
import { createStopList } from '../../src/demo/stop-list.ts';
import '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

test('settings of an installation do not reach the demo', () => {
  const environment = {
    PATH: '/usr/bin',
    REDIS_URL: 'redis://live.acme.example',
    DATABASE_URL: '/srv/history.sqlite',
    ONBEHALF_RELAY_PASSWORD: 'secret',
    ONBEHALF_LOG_LEVEL: 'debug',
  };
  expect(demoEnvironment(environment, { ONBEHALF_LOG_LEVEL: 'warn' })).toEqual({
    PATH: '/usr/bin',
    ONBEHALF_LOG_LEVEL: 'warn',
  });
});

/** Starts nothing; the named one fails, the others end when they are stopped or told to. */
function fakeStart(failing?: string) {
  const stopped: string[] = [];
  const end = new Map<string, (code: number) => void>();
  const start: StartDemoProcess = async ({ name, onLine }) => {
    if (name === failing) throw new Error(`${name} does not start`);
    onLine('hello');
    const ended = new Promise<number>((resolve) => end.set(name, resolve));
    const stop = async (): Promise<void> => {
      stopped.push(name);
      end.get(name)?.(0);
      await ended;
    };
    return Promise.resolve({ name, pid: end.size, ended, stop });
  };
  return { start, stopped, end };
}

test('what did start is stopped when another one does not', async () => {
  const { start, stopped } = fakeStart('worker 2');
  const stops = createStopList();
  await expect(startDemoProcesses(start, {}, temporaryFolder(), stops)).rejects.toThrow(
    'worker 2 does not start',
  );
  await stops.stopAll();
  expect(stopped.toSorted()).toEqual(['history', 'worker 1']);
});

test('one that ends by itself is trouble, one that is stopped is none', async () => {
  const folder = temporaryFolder();
  const { start, end } = fakeStart();
  const processes = await startDemoProcesses(start, {}, folder, createStopList());
  expect(processes.pids).toEqual([1, 2, 3]);
  expect(() => processes.check()).not.toThrow();
  end.get('history')?.(3);
  await Promise.resolve();
  const log = join(folder, 'history.log');
  expect(() => processes.check()).toThrow(`history ended with 3; its log is ${log}`);
  expect(readFileSync(log, 'utf8')).toContain('hello');

  const others = await startDemoProcesses(fakeStart().start, {}, folder, createStopList());
  await others.stop();
  expect(() => others.check()).not.toThrow();
});
