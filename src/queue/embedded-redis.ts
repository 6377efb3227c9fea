import { mkdir } from 'node:fs/promises';
import { OnbehalfError } from '../runtime/errors.ts';
import { startServerProcess } from '../runtime/server-process.ts';
import type { ServerExit } from '../runtime/server-process.ts';
import { answersPing } from './redis-ping.ts';

/** Longest Unix socket path we accept; the system's own limit is 104 (macOS) to 108 (Linux). */
const socketPathBytesMax = 100;

/** What {@link startRedisServer} takes; at least one of `socketPath` and `port` is needed. */
export interface RedisServerOptions {
  /** Folder of the append-only file; made when missing. What is in it is loaded. */
  readonly dataDirectory: string;
  /** Listen on this Unix socket, at most 100 bytes; its folder must exist. */
  readonly socketPath?: string;
  /** Listen on this port of 127.0.0.1; default 0, which means none. */
  readonly port?: number;
  /** Longest wait until the data is loaded and it answers, in milliseconds; default 60 000. */
  readonly readyTimeoutMs?: number;
  /** Gets each line the server prints. */
  readonly log?: (line: string) => void;
}

/** A Redis server that this process started. */
export interface RedisServer extends AsyncDisposable {
  /** The socket path, or else `redis://127.0.0.1:<port>`; `new Redis(url)` takes both. */
  readonly url: string;
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Ends it in good order: everything acknowledged is in the append-only file. */
  stop(): Promise<void>;
  /** Sends one signal, e.g. `SIGKILL`, and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts `redis-server` (or `valkey-server`) the way Onbehalf wants it: append-only file flushed
 * every second, no snapshots, nothing evicted, reachable from this host alone.
 *
 * @throws OnbehalfError `INVALID_INPUT`, `SERVER_MISSING` when it is not installed, `SERVER_FAILED`
 *   when it does not come up, with the last lines of its log
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const url = addressOf(options);
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const server = await startServerProcess({
    programs: ['redis-server', 'valkey-server'],
    args: redisArguments(options),
    readyLine: /ready to accept connections/i,
    readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  if (!(await answersPing(url, 10_000))) {
    await server.stop();
    throw new OnbehalfError(
      'SERVER_FAILED',
      `The Redis server started but does not answer at ${url}. Its last lines:\n${server.lastLines()}`,
    );
  }
  return {
    url,
    pid: server.pid,
    exited: server.exited,
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

function addressOf(options: RedisServerOptions): string {
  if (options.socketPath !== undefined) {
    const size = Buffer.byteLength(options.socketPath);
    if (!options.socketPath.startsWith('/') || size > socketPathBytesMax) {
      throw new OnbehalfError(
        'INVALID_INPUT',
        `The socket path must be absolute and at most ${socketPathBytesMax} bytes: ${options.socketPath}`,
      );
    }
    return options.socketPath;
  }
  if (options.port === undefined || options.port === 0) {
    throw new OnbehalfError('INVALID_INPUT', 'A Redis server needs a socket path or a port.');
  }
  return `redis://127.0.0.1:${options.port}`;
}

function redisArguments(options: RedisServerOptions): readonly string[] {
  const settings: Record<string, string> = {
    port: String(options.port ?? 0),
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    dir: options.dataDirectory,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    // Standard output: that is where the ready line is read.
    logfile: '',
    ...(options.socketPath === undefined
      ? {}
      : { unixsocket: options.socketPath, unixsocketperm: '700' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
