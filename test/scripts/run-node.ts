import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The folder of this clone. */
export const cloneRoot = fileURLToPath(new URL('../..', import.meta.url));

/** How a program ended, and all it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts Node on arguments, with no input and both outputs piped. */
export function startNode(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
}

/** Runs Node on arguments to its end. */
export async function runNode(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = startNode(args, environment);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode: child.exitCode, stdout, stderr };
}

/**
 * Arguments for Node that import a module below `scripts` as `step` and run statements that may use it. The
 * scripts are plain JavaScript outside the type check, so tests reach them through a process of their own.
 */
export function stepProgram(module: string, statements: string): readonly string[] {
  const url = new URL(`../../scripts/${module}`, import.meta.url).href;
  return [
    '--input-type=module',
    '--eval',
    `import * as step from ${JSON.stringify(url)};\n${statements}`,
  ];
}

/** Runs statements that leave a value in `answer`, and returns that value. */
export async function askStep(
  module: string,
  statements: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<unknown> {
  const print = 'process.stdout.write(JSON.stringify(answer)); process.exit(0);';
  const ended = await runNode(stepProgram(module, `${statements}\n${print}`), environment);
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}
