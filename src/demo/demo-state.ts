/**
 * The folder in which a demo keeps what it does.
 *
 * It is emptied at the start, so whoever works in it must be excluded: another demo by a lock
 * beside the folder, an `up` on the same folder by its Redis. What a killed demo left running is
 * ended first: its Redis would be joined, with the old data.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findSharedRedis, joinOrStartRedis } from '../queue/shared-redis.ts';
import type { Clock } from '../runtime/clock.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { tryProcessLock } from '../runtime/process-lock.ts';
import { demoZone } from './cast.ts';
import { endLeftMailServer } from './left-mail-server.ts';

/** The folder of a demo, held by this process. */
export interface DemoState {
  /** Folder of keys, database, Redis data and logs. */
  readonly directory: string;
  /** A configuration file that names the demo's DNS; it keeps those of the working directory out. */
  readonly configFile: string;
  /** The history, where every process expects it. */
  readonly databaseFile: string;
  /** Lets the next demo begin. */
  release(): void;
}

/**
 * Takes and empties `<stateDirectory>/demo`.
 *
 * @throws OnbehalfError `SERVER_FAILED` when a process works in it
 */
export async function takeDemoState(stateDirectory: string, clock: Clock): Promise<DemoState> {
  const directory = join(stateDirectory, 'demo');
  const taken = tryProcessLock(stateDirectory, 'demo.lock');
  if (taken.kind === 'held') {
    throw new OnbehalfError(
      'SERVER_FAILED',
      `another demo runs in ${directory} (process ${taken.pid}); wait for its end`,
    );
  }
  try {
    await endLeftRedis(directory);
    await endLeftMailServer(directory, clock);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { mode: 0o700 });
    const configFile = join(directory, 'onbehalf.config.json');
    // One answer of the relay for each attempt, so that both can be counted and compared.
    // The demo has a DNS of its own: it works offline, and one domain forbids others to use its name.
    const zoneFile = resolve(directory, 'zone.json');
    await writeFile(zoneFile, JSON.stringify(demoZone));
    await writeFile(configFile, JSON.stringify({ dns: { zoneFile }, relay: { chaining: 'off' } }));
    return {
      directory,
      configFile,
      databaseFile: join(directory, 'history.sqlite'),
      release: () => taken.lock.release(),
    };
  } catch (error) {
    taken.lock.release();
    throw error;
  }
}

async function endLeftRedis(directory: string): Promise<void> {
  if ((await findSharedRedis(directory)) === undefined) return;
  const left = await joinOrStartRedis({ stateDirectory: directory });
  if (!left.started) {
    throw new OnbehalfError(
      'SERVER_FAILED',
      `another process works in ${directory}, which a demo begins by emptying; stop it first`,
    );
  }
  await left.release();
}
