import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LogLevel } from '../../src/runtime/logger.ts';
import type { OutcomeEvent, WorkerOptions } from '../../src/worker/index.ts';
import type { Standstill } from './standstills.ts';

/** Options of a worker process: those of a worker, as far as JSON carries them. */
export type WorkerProcessOptions = Omit<
  WorkerOptions,
  'keyring' | 'contentSecret' | 'onOutcome' | 'logger' | 'clock'
> & {
  /** The one key of the keyring, in hex digits. */
  readonly secretHex: string;
  /** Tell the parent of each recorded outcome; default false. */
  readonly tellOutcomes?: boolean;
  /** Default `error`. */
  readonly logLevel?: LogLevel;
};

/** What a worker process tells its parent. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'outcome'; readonly event: OutcomeEvent }
  | { readonly kind: 'stood-still'; readonly standstill: Standstill };

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker process that this one started. */
export interface WorkerProcess {
  readonly pid: number;
  /** Its name in EHLO. */
  readonly name: string | undefined;
  /** Settles with what it said first: that it takes jobs, or why not; undefined when it died. */
  readonly started: Promise<WorkerMessage | undefined>;
  /** Settles when it has ended; never rejects. */
  readonly exited: Promise<ProcessEnd>;
  /** Whether it takes jobs, as far as we know. */
  readonly ready: boolean;
  /** The last lines it logged, and why it did not start if it told. */
  lastLines(): string;
  /** When it stood still although nobody told it to, or was late for another reason. */
  readonly standstills: readonly Standstill[];
  /** Lets it stand still (SIGSTOP) until the function that is returned is called (SIGCONT). */
  freeze(): () => void;
  /** Sends a signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<ProcessEnd>;
}

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));
const loader = new URL('../support/typescript-loader.mjs', import.meta.url).href;
const linesKept = 40;

/**
 * Starts a worker process from the sources.
 *
 * @param onOutcome told of each outcome, with `tellOutcomes`
 */
export function spawnWorker(
  options: WorkerProcessOptions,
  onOutcome: (event: OutcomeEvent) => void = () => undefined,
): WorkerProcess {
  const child = fork(program, [JSON.stringify(options)], {
    execArgv: ['--import', loader],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let ready = false;
  let alive = true;
  const lines = keepLines(child);
  const standstills: Standstill[] = [];
  const exited = once(child, 'exit').then(([code, signal]): ProcessEnd => {
    alive = false;
    ready = false;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const started = new Promise<WorkerMessage | undefined>((resolve) => {
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'outcome') {
        onOutcome(message.event);
        return;
      }
      if (message.kind === 'stood-still') {
        standstills.push(message.standstill);
        return;
      }
      ready = message.kind === 'ready' && alive;
      if (message.kind === 'refused') lines.push(`${message.code}: ${message.message}`);
      resolve(message);
    });
    void exited.then(() => resolve(undefined));
  });
  return {
    pid: child.pid ?? 0,
    name: options.route?.greetingName,
    started,
    exited,
    get ready() {
      return ready;
    },
    standstills,
    lastLines: () => lines.join('\n'),
    freeze() {
      const wasReady = ready;
      ready = false;
      child.kill('SIGSTOP');
      return () => {
        ready = wasReady && alive;
        child.kill('SIGCONT');
      };
    },
    async end(signal) {
      ready = false;
      if (alive) child.kill(signal);
      return exited;
    },
  };
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    lines.push(...chunk.split('\n').filter(Boolean));
    lines.splice(0, Math.max(0, lines.length - linesKept));
  });
  return lines;
}
