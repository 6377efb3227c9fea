/**
 * Finding and running programs: bounded in time, with the end of their output kept for the case that
 * they fail, and never left behind when set-up itself is told to stop.
 */

import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';

/** Where a Debian-like system keeps its programs, whatever the PATH of the caller says. */
export const STANDARD_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

const PIPE_PATIENCE_MS = 2000;
const KEPT_OUTPUT_CHARACTERS = 20_000;

let stoppedForGood = false;

/** @type {Set<{ stop: (signal: NodeJS.Signals) => void, ended: Promise<unknown> }>} */
const running = new Set();

/**
 * The directories of PATH, and after them the standard ones that it lacks.
 * @returns {string[]}
 */
export function programDirectories() {
  const own = pathDirectories();
  return [...own, ...STANDARD_DIRECTORIES.filter((directory) => !own.includes(directory))];
}

/**
 * The directories of PATH as it was given.
 * @returns {string[]}
 */
export function pathDirectories() {
  return (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
}

/**
 * Every executable file of that name, in the order of the directories.
 * @param {string} name
 * @param {readonly string[]} directories
 * @returns {string[]}
 */
export function findPrograms(name, directories) {
  return directories.map((directory) => join(directory, name)).filter(isExecutableFile);
}

/** @param {string} path */
function isExecutableFile(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * PATH for the programs we start: the running Node first (a script that says `env node` must get the
 * same one), then the caller's, then the standard directories.
 * @returns {string}
 */
export function childPath() {
  return [dirname(process.execPath), ...programDirectories()].join(delimiter);
}

/**
 * Runs a program to its end; never rejects.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd] default: the present one
 * @param {Record<string, string | undefined>} [options.environment] added to the present one
 * @param {number} [options.timeoutMs] after this the program and its children are killed; default: none
 * @param {boolean} [options.asksAtTerminal] leave it the terminal and our process group (sudo's password)
 * @param {boolean} [options.speaksForItself] what it writes to stderr goes to ours
 * @param {number} [options.inheritedFd] a descriptor it shall hold open as long as it lives
 * @returns {Promise<{ ok: boolean, output: string, stdout: string }>} `output` is stdout and stderr as
 *   they came, its last 20 000 characters
 */
export function runProgram(command, args, options = {}) {
  const ownGroup = options.asksAtTerminal !== true;
  const stdio = [
    ownGroup ? 'ignore' : 'inherit',
    'pipe',
    options.speaksForItself === true ? 'inherit' : 'pipe',
  ];
  if (options.inheritedFd !== undefined) stdio.push(options.inheritedFd);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: childPath(), ...options.environment },
    stdio,
    detached: ownGroup,
  });

  let output = '';
  let stdout = '';
  const keep = (text, chunk) => (text + chunk).slice(-KEPT_OUTPUT_CHARACTERS);
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output = keep(output, chunk);
    stdout = keep(stdout, chunk);
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => (output = keep(output, chunk)));

  const stop = (signal) => {
    try {
      if (child.pid !== undefined) process.kill(ownGroup ? -child.pid : child.pid, signal);
    } catch {
      // Already gone, or it runs as root: then the terminal or sudo passes the signal on.
    }
  };
  const ended = new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        stop('SIGKILL');
      },
      options.timeoutMs ?? 2 ** 31 - 1,
    );
    const finish = (ok, problem) => {
      clearTimeout(timer);
      running.delete(entry);
      resolve({ ok: ok && !timedOut, output: output + problem, stdout });
    };
    child.on('error', (error) => finish(false, error.message));
    child.on('close', (code) => finish(code === 0, ''));
    // A daemon that it left behind may hold the pipes open for ever, and 'close' never comes.
    child.on('exit', (code) => setTimeout(() => finish(code === 0, ''), PIPE_PATIENCE_MS).unref());
  });
  const entry = { stop, ended };
  running.add(entry);
  // Whoever waits for a program that we ended would only report its failure.
  return ended.then((result) => (stoppedForGood ? new Promise(() => undefined) : result));
}

/**
 * Passes a signal on to everything that still runs, and waits until it has ended.
 * @param {NodeJS.Signals} signal
 */
export async function stopRunningPrograms(signal) {
  const all = [...running];
  for (const program of all) program.stop(signal);
  await Promise.all(all.map((program) => program.ended));
}

/**
 * The same, when this process is about to end: whoever waits for one of the programs hears no more of it.
 * @param {NodeJS.Signals} signal
 */
export async function stopForGood(signal) {
  stoppedForGood = true;
  await stopRunningPrograms(signal);
}
