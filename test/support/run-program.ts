import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ended, and all it printed. */
export interface ProgramEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What {@link runProgram} takes besides program and arguments. */
export interface ProgramOptions {
  readonly cwd: string;
  /** Added to {@link plainEnvironment}. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Its standard input; default: none. */
  readonly input?: string;
  /** It is killed after this time, in milliseconds; default 50,000. */
  readonly timeoutMs?: number;
}

/**
 * Our environment without what npm tells its scripts and without settings of Onbehalf: as in a
 * shell that somebody has just opened.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(?:npm_(?!config_(?:cache|registry|userconfig))|INIT_CWD|NODE_OPTIONS|ONBEHALF_|REDIS_URL|DATABASE_URL|PM2_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Runs a program to its end and keeps all it prints. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  const child = spawn(program, [...args], {
    cwd: options.cwd,
    env: { ...plainEnvironment(), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 50_000,
    killSignal: 'SIGKILL',
  });
  // A program that does not read its input may end before we have written it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode: child.exitCode, stdout, stderr };
}

/** Runs a program that must end with 0, and returns what it printed on standard output. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
}
