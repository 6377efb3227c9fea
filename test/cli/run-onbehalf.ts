import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtCommand } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import {
  plainEnvironment,
  runProgram,
  type ProgramEnd,
  type ProgramOptions,
} from '../support/run-program.ts';

/** Runs the built command to its end. */
export async function onbehalf(
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  return runProgram(process.execPath, [builtCommand, ...args], options);
}

/** The lines of a text, each read as JSON. */
export function jsonLines(text: string): readonly Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A command that runs until it is stopped. */
export interface RunningCommand {
  readonly pid: number;
  /** All lines that it has printed so far, of both outputs. */
  output(): string;
  /** Those of standard output. */
  results(): string;
  /** Resolves with the first line of its output that satisfies the predicate, read as JSON. */
  waitForLine(
    predicate: (line: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a signal and waits for the end; resolves with the exit code, null after a kill. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

/** Starts the built command; it is ended at the end of the file if nothing else ended it. */
export function startOnbehalf(
  args: readonly string[],
  options: Pick<ProgramOptions, 'cwd' | 'environment'>,
): RunningCommand {
  const child = spawn(process.execPath, [builtCommand, ...args], {
    cwd: options.cwd,
    env: { ...plainEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let output = '';
  let results = '';
  const checks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      // Whole lines of one stream at a time: the two would mix otherwise.
      const whole = lines.map((line) => `${line}\n`).join('');
      output += whole;
      if (stream === child.stdout) results += whole;
      for (const check of checks) check();
    });
  }
  const end: RunningCommand['end'] = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  atEnd(() => end('SIGTERM'));
  const find = (
    predicate: (line: Readonly<Record<string, unknown>>) => boolean,
  ): Readonly<Record<string, unknown>> | undefined =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(predicate);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    results: () => results,
    async waitForLine(predicate) {
      const over = ended.then(() => {
        throw new Error(`it ended before the line came:\n${output}`);
      });
      over.catch(() => undefined);
      const found = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
        const check = (): void => {
          const line = find(predicate);
          if (line === undefined) return;
          checks.delete(check);
          resolve(line);
        };
        checks.add(check);
        check();
      });
      return Promise.race([found, over]);
    },
    end,
  };
}
