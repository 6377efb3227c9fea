import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OnbehalfError } from '../runtime/errors.ts';
import type { StopList } from './stop-list.ts';

/** A process that runs a verb of the command line. */
interface DemoProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves with its exit code when it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts one, and resolves when it is ready; whoever runs the demo brings this. */
export type StartDemoProcess = (options: {
  readonly name: string;
  /** The verb with its options. */
  readonly args: readonly string[];
  /** The whole environment of the process. */
  readonly environment: NodeJS.ProcessEnv;
  /** Gets each line of its log. */
  readonly onLine: (line: string) => void;
}) => Promise<DemoProcess>;

/** The processes of a demo. */
export interface DemoProcesses {
  /** Of the two workers and the history process, in this order. */
  readonly pids: readonly number[];
  /**
   * Does nothing as long as all are alive.
   *
   * @throws OnbehalfError `SERVER_FAILED` naming the one that has ended, and its log
   */
  check(): void;
  /** Stops all of them and waits; may be called twice. */
  stop(): Promise<void>;
}

/** Names and verbs of the processes: two workers, one history. */
const parts = [
  { name: 'worker 1', args: ['worker'] },
  { name: 'worker 2', args: ['worker'] },
  { name: 'history', args: ['history'] },
] as const;

/**
 * Starts the workers and the history process; their logs go to files in the folder, which is made.
 *
 * @throws OnbehalfError `SERVER_FAILED` when one does not come up; those that did are on the list
 */
export async function startDemoProcesses(
  start: StartDemoProcess,
  environment: NodeJS.ProcessEnv,
  directory: string,
  stops: StopList,
): Promise<DemoProcesses> {
  const processes: DemoProcess[] = [];
  const pids = new Map<string, number>();
  let trouble: string | undefined;
  let stopping = false;
  mkdirSync(directory, { recursive: true });
  const startPart = async ({ name, args }: (typeof parts)[number]): Promise<void> => {
    const logFile = join(directory, `${name.replace(' ', '-')}.log`);
    // Synchronous, because lines may still come when the process has ended; there are few.
    const onLine = (line: string): void => appendFileSync(logFile, `${line}\n`);
    onLine(`log of ${name}`);
    const child = await start({ name, args, environment, onLine });
    processes.push(child);
    pids.set(name, child.pid);
    void child.ended.then((code) => {
      if (!stopping) trouble ??= `${name} ended with ${code ?? 'a signal'}; its log is ${logFile}`;
    });
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(processes.map(async (each) => each.stop()));
  };
  stops.add(stop);
  const results = await Promise.allSettled(parts.map(startPart));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return {
    pids: parts.map(({ name }) => pids.get(name) ?? 0),
    check() {
      if (trouble !== undefined) throw new OnbehalfError('SERVER_FAILED', trouble);
    },
    stop,
  };
}

/**
 * The environment of the demo's processes: ours without any setting of an installation, and the
 * demo's own settings.
 */
export function demoEnvironment(
  environment: NodeJS.ProcessEnv,
  settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith('ONBEHALF_') && name !== 'REDIS_URL' && name !== 'DATABASE_URL',
  );
  return { ...Object.fromEntries(kept), ...settings };
}
