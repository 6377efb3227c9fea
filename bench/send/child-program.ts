import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MeasureRequest, ProgramFigures, ProgramMessage } from './meter.ts';
import type { SinkMessage } from './sink.ts';

/** A child process of the bench. */
export interface Child {
  /** Resolves with the next message of a kind; rejects when the child ends first. */
  next<M extends { readonly kind: string }>(kind: M['kind']): Promise<M>;
  tell(message: unknown): void;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

const loader = new URL('../../test/support/typescript-loader.mjs', import.meta.url).href;
const stopMs = 5_000;

/**
 * Starts a file of the bench in a process of its own.
 *
 * @param environment added to ours, e.g. the size of the thread pool, which is read before any code runs
 */
export function startChild(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Child {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: ['--import', loader, ...nodeFlags],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    next: async (kind) => nextMessage(child, file, kind),
    tell(message) {
      child.send(message as MeasureRequest);
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function nextMessage<M extends { readonly kind: string }>(
  child: ChildProcess,
  file: string,
  kind: M['kind'],
): Promise<M> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown): void => {
      if ((message as M).kind !== kind) return;
      done();
      resolve(message as M);
    };
    const onExit = (code: number | null): void => {
      done();
      reject(new Error(`${file} ended (exit code ${code}) before it said "${kind}"`));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** Asks a running program to count the next sends; resolves when it does. */
export async function beginMeasure(
  child: Child,
  sends: number,
): Promise<{ readonly figures: Promise<ProgramFigures> }> {
  const measuring = child.next<ProgramMessage>('measuring');
  const measured = child.next<Extract<ProgramMessage, { kind: 'measured' }>>('measured');
  child.tell({ kind: 'measure', sends } satisfies MeasureRequest);
  await measuring;
  return { figures: measured.then(({ figures }) => figures) };
}

/** How many messages the sink took since it was asked last. */
export async function sinkCount(sink: Child): Promise<number> {
  const answer = sink.next<Extract<SinkMessage, { kind: 'count' }>>('count');
  sink.tell({});
  return (await answer).messages;
}
