import { join } from 'node:path';
import { startRedisServer } from '../../src/queue/embedded-redis.ts';
import type { RedisServer } from '../../src/queue/embedded-redis.ts';
import { atEnd } from './leftovers.ts';
import { temporaryFolder } from './temp-folder.ts';

/** The Redis server of one test file. */
export interface TestRedis {
  /** A Unix socket path, for `new Redis(url)`; the same after a restart. */
  readonly url: string;
  /** Process id of the server that runs now. */
  readonly pid: number;
  /** Ends it and leaves it off until {@link TestRedis.start}; the data stays. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same data. */
  start(): Promise<void>;
  /** Both; `SIGTERM` (the default) is a clean end, `SIGKILL` a crash. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/**
 * Starts a real Redis server for this test file, on a Unix socket in its own temporary folder. It
 * is stopped at the end of the file: close clients with `atEnd`, which comes before.
 */
export async function startTestRedis(): Promise<TestRedis> {
  const folder = temporaryFolder();
  const options = { dataDirectory: join(folder, 'redis'), socketPath: join(folder, 'redis.sock') };
  let server: RedisServer = await startRedisServer(options);
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    await (signal === 'SIGKILL' ? server.kill(signal) : server.stop());
  };
  const start = async (): Promise<void> => {
    server = await startRedisServer(options);
  };
  atEnd(() => server.stop());
  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    stop,
    start,
    async restart(signal) {
      await stop(signal);
      await start();
    },
  };
}
