/**
 * A server program as a child of this process.
 *
 * 1. The program is looked for under each of its names: first on PATH (the system does that when
 *    a bare name is started), then in the usual folders, because `/usr/sbin` is often not on PATH.
 * 2. It runs in a process group of its own: Ctrl-C in the terminal must reach us alone, who then
 *    decide when the server may go.
 * 3. It is ready when it has printed its ready line; if it ends before that, or stays silent for
 *    too long, the error carries the last lines it printed.
 * 4. Stopping is SIGTERM, and after a grace SIGKILL. However it ends, what is left of its group
 *    gets SIGKILL.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { OnbehalfError, codeOf, messageOf } from './errors.ts';

const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
const keptLinesMax = 40;

/** What {@link startServerProcess} takes. */
export interface ServerProcessOptions {
  /** Names the program may have, in order of preference, e.g. `redis-server`, `valkey-server`. */
  readonly programs: readonly string[];
  /** Arguments of the program. */
  readonly args: readonly string[];
  /** Matches the line it prints, on either stream, when it takes connections. */
  readonly readyLine: RegExp;
  /** Longest wait for that line, in milliseconds; default 20 000. */
  readonly readyTimeoutMs?: number;
  /** How long SIGTERM may take before SIGKILL, in milliseconds; default 10 000. */
  readonly stopGraceMs?: number;
  /** Run as this user and group; only root may ask for that. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** Gets each line the server prints. */
  readonly log?: (line: string) => void;
}

/** How a server ended: one of the two is set. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running server. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** The last lines it printed, for error messages. */
  lastLines(): string;
  /** Ends it in good order; may be called twice, and after it has ended. */
  stop(): Promise<void>;
  /** Sends one signal to the server alone and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a server program and waits until it is ready.
 *
 * @throws OnbehalfError `SERVER_MISSING` when none of the programs is installed, `SERVER_FAILED`
 *   when it ended or stayed silent instead of becoming ready
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = await spawnFirst(options);
  const server = watch(child, options);
  try {
    await server.ready;
  } catch (error) {
    await server.process.stop();
    throw error;
  }
  return server.process;
}

async function spawnFirst(options: ServerProcessOptions): Promise<ChildProcess> {
  const candidates = [
    ...options.programs,
    ...options.programs.flatMap((name) => usualFolders.map((folder) => `${folder}/${name}`)),
  ];
  for (const command of candidates) {
    const child = spawn(command, [...options.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...options.account,
    });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw new OnbehalfError('SERVER_FAILED', `${command} did not start: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  const names = options.programs.join(' or ');
  throw new OnbehalfError(
    'SERVER_MISSING',
    `${names} is not installed: neither on PATH nor in ${usualFolders.join(', ')}`,
  );
}

function watch(
  child: ChildProcess,
  options: ServerProcessOptions,
): { readonly process: ServerProcess; readonly ready: Promise<void> } {
  const pid = child.pid ?? 0;
  const name = basename(child.spawnfile);
  const lines: string[] = [];
  const lastLines = (): string => lines.join('\n');
  // Its own children would keep its output open, and us waiting, after it is gone.
  child.once('exit', () => killGroup(pid));
  const exited = new Promise<ServerExit>((resolve) => {
    // 'close' and not 'exit': its last words must be read before anyone reports them.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (what: string): void =>
      reject(
        new OnbehalfError('SERVER_FAILED', `${name} ${what}. Its last lines:\n${lastLines()}`),
      );
    const timeoutMs = options.readyTimeoutMs ?? 20_000;
    const timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
    void exited.then((exit) => {
      clearTimeout(timer);
      fail(`ended with ${exit.signal ?? `exit code ${exit.code}`} before it was ready`);
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > keptLinesMax) lines.shift();
        options.log?.(line);
        if (!options.readyLine.test(line)) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), options.stopGraceMs ?? 10_000);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  };
  return {
    ready,
    process: {
      pid,
      exited,
      lastLines,
      stop: () => (stopping ??= stop()),
      async kill(signal) {
        child.kill(signal);
        await exited;
      },
    },
  };
}

/** Ends helper processes that outlived their server; a group that is gone already is the rule. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
