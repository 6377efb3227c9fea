import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { findSharedRedis, joinOrStartRedis } from '../../src/queue/shared-redis.ts';
import type { SharedRedis } from '../../src/queue/shared-redis.ts';
import { atEnd } from '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';

const folder = temporaryFolder();
const newState = (): string => mkdtempSync(join(folder, 'state-'));

describe('joinOrStartRedis', () => {
  test('one of many starters starts it, the others join', async () => {
    const stateDirectory = newState();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => joinOrStartRedis({ stateDirectory })),
    );
    expect(all.filter((redis) => redis.started).length).toBe(1);
    expect(new Set(all.map((redis) => redis.url)).size).toBe(1);
    const url = all[0]?.url ?? '';
    await releaseAll(all.filter((redis) => !redis.started));
    expect(await findSharedRedis(stateDirectory)).toBe(url);
    expect(statSync(dirname(url)).mode & 0o777).toBe(0o700);
    await releaseAll(all);
    expect(await findSharedRedis(stateDirectory)).toBeUndefined();
    expect(existsSync(dirname(url))).toBe(false);
  });

  test('processes that start at once share one server', async () => {
    const stateDirectory = newState();
    const starters = Array.from({ length: 3 }, () => startProcess(stateDirectory));
    const said = await Promise.all(starters.map((starter) => starter.said));
    expect(said.filter((line) => line.started).length).toBe(1);
    expect(new Set(said.map((line) => line.url)).size).toBe(1);
    for (const { child } of starters) child.stdin?.end();
    await Promise.all(starters.map((starter) => starter.exited));
    expect(await findSharedRedis(stateDirectory)).toBeUndefined();
  });

  test('adopts a server whose starter was killed, with its data', async () => {
    const stateDirectory = newState();
    const starter = startProcess(stateDirectory);
    const { url } = await starter.said;
    const client = new Redis(url);
    await client.set('kept', 'yes');
    starter.child.kill('SIGKILL');
    await starter.exited;
    const pid = serverPid(stateDirectory);

    const all = await Promise.all([
      joinOrStartRedis({ stateDirectory }),
      joinOrStartRedis({ stateDirectory }),
    ]);
    expect(all.filter((redis) => redis.started).length).toBe(1);
    expect(all.map((redis) => redis.url)).toEqual([url, url]);
    expect(serverPid(stateDirectory)).toBe(pid);
    expect(await client.get('kept')).toBe('yes');
    client.disconnect();
    await releaseAll(all);
    await eventually(() => !isRunning(pid), { what: 'the end of the adopted server' });

    const again = await joinOrStartRedis({ stateDirectory });
    const nextClient = new Redis(again.url);
    expect(await nextClient.get('kept')).toBe('yes');
    nextClient.disconnect();
    await again.release();
  });

  test('adopts a server whose starter was killed before it wrote the record', async () => {
    const stateDirectory = newState();
    const starter = startProcess(stateDirectory);
    const { url } = await starter.said;
    const pid = serverPid(stateDirectory);
    writeFileSync(join(stateDirectory, 'redis.json'), '{"url":');
    starter.child.kill('SIGKILL');
    await starter.exited;
    const redis = await joinOrStartRedis({ stateDirectory });
    expect(redis).toMatchObject({ url, started: true });
    await redis.release();
    await eventually(() => !isRunning(pid), { what: 'the end of the adopted server' });
  });

  test('starts no second server beside one that runs but does not answer', async () => {
    const stateDirectory = newState();
    const starter = startProcess(stateDirectory);
    await starter.said;
    starter.child.kill('SIGKILL');
    await starter.exited;
    const pid = serverPid(stateDirectory);
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(joinOrStartRedis({ stateDirectory })).rejects.toMatchObject({
        code: 'SERVER_FAILED',
        message: expect.stringContaining('earlier run'),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const redis = await joinOrStartRedis({ stateDirectory });
    expect(serverPid(stateDirectory)).toBe(pid);
    await redis.release();
  });

  test('replaces a stale record, also one whose process id is in use again', async () => {
    const stateDirectory = newState();
    const record = {
      url: join(stateDirectory, 'gone.sock'),
      pid: process.pid,
      identity: `${process.pid} 1`,
      startedAt: new Date(0).toISOString(),
    };
    writeFileSync(join(stateDirectory, 'redis.json'), JSON.stringify(record));
    writeFileSync(join(stateDirectory, 'redis.lock.4'), `${process.pid} 1`);
    expect(await findSharedRedis(stateDirectory)).toBeUndefined();
    const redis = await joinOrStartRedis({ stateDirectory });
    expect(redis.started).toBe(true);
    expect(await findSharedRedis(stateDirectory)).toBe(redis.url);
    expect(readdirSync(stateDirectory).sort()).toEqual(['redis', 'redis.json', 'redis.lock.5']);
    await redis.release();
  });

  test('does not wait forever for a holder that brings nothing up', async () => {
    const stateDirectory = newState();
    const first = await joinOrStartRedis({ stateDirectory });
    writeFileSync(join(stateDirectory, 'redis.json'), '');
    await expect(joinOrStartRedis({ stateDirectory, joinTimeoutMs: 1 })).rejects.toMatchObject({
      code: 'SERVER_FAILED',
    });
    await first.release();
  });
});

async function releaseAll(all: readonly SharedRedis[]): Promise<void> {
  await Promise.all(all.map((redis) => redis.release()));
}

function startProcess(stateDirectory: string): {
  readonly child: ChildProcess;
  readonly said: Promise<{ readonly url: string; readonly started: boolean }>;
  readonly exited: Promise<unknown>;
} {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--import',
      at('../support/typescript-loader.mjs'),
      at('shared-redis-process.ts'),
      stateDirectory,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  atEnd(() => child.kill('SIGKILL'));
  const said = once(createInterface({ input: child.stdout }), 'line');
  return {
    child,
    said: said.then(([line]) => JSON.parse(String(line))),
    exited: once(child, 'close'),
  };
}

function serverPid(stateDirectory: string): number {
  return JSON.parse(readFileSync(join(stateDirectory, 'redis.json'), 'utf8')).pid;
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
