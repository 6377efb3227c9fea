import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OnbehalfError } from '../runtime/errors.ts';

/** What {@link startChild} takes. */
export interface ChildOptions {
  /** Name for messages, e.g. `worker 1`. */
  readonly name: string;
  /** Arguments of the command line, e.g. `['worker']`. */
  readonly args: readonly string[];
  /** The whole environment of the child. */
  readonly environment: NodeJS.ProcessEnv;
  /** Gets each line the child writes to standard error: its log. */
  readonly onLine?: (line: string) => void;
  /** How long it may take until it says that it is ready, in milliseconds; default 30,000. */
  readonly readyTimeoutMs?: number;
}

/** A process of ours that runs one verb. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended, with its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to stop and waits; after `forceMs` (default 40,000) it is killed. */
  stop(forceMs?: number): Promise<void>;
}

const lastLinesMax = 5;

/** Signing runs in Node's thread pool, which is fastest with a thread per core; it is sized before start. */
const poolSize = String(Math.max(2, availableParallelism()));

/**
 * Starts this program again with other arguments and waits until it says that it is ready.
 *
 * @throws OnbehalfError `SERVER_FAILED` with its last lines when it ends before
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  // The channel tells us that it is ready, and tells it when we are gone: it then stops as well.
  const child = spawn(process.execPath, [main, ...options.args, '--stop-with-parent'], {
    env: { UV_THREADPOOL_SIZE: poolSize, ...options.environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Its own group: Ctrl-C in the terminal reaches us only, and we stop things in order.
    detached: true,
  });
  const lastLines: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > lastLinesMax) lastLines.shift();
      options.onLine?.(line);
    });
  }
  const ended = endOf(child);
  const outcome = await Promise.race([
    readyOf(child),
    ended,
    timeOut(options.readyTimeoutMs ?? 30_000),
  ]);
  if (outcome !== 'ready') {
    child.kill('SIGKILL');
    await ended;
    const why = outcome === 'late' ? 'did not become ready in time' : 'ended at once';
    throw new OnbehalfError(
      'SERVER_FAILED',
      `${options.name} ${why}: ${lastLines.join(' | ') || 'it said nothing'}`,
    );
  }
  return {
    name: options.name,
    pid: child.pid ?? 0,
    ended,
    async stop(forceMs = 40_000) {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), forceMs);
      await ended;
      clearTimeout(force);
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

async function readyOf(child: ChildProcess): Promise<'ready'> {
  await new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
  });
  return 'ready';
}

async function timeOut(ms: number): Promise<'late'> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
  return 'late';
}
