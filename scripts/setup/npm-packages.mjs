/**
 * Step: the npm packages of package-lock.json are in node_modules.
 *
 * They count as installed when our stamp in node_modules names this lock file and platform. Without a stamp
 * (somebody ran npm himself) npm's own record, node_modules/.package-lock.json, is compared with the lock
 * file. Both are removed before `npm ci` and written after it, so an interrupted run is repaired by the next.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupStopped, say, sayOutput } from './messages.mjs';
import { findPrograms, programDirectories, runProgram } from './run-program.mjs';

const NPM_TIME_LIMIT_MS = 15 * 60_000;

/**
 * Runs `npm ci` if node_modules is not what the lock file says.
 * @param {string} root the clone
 * @param {number} [inheritedFd] see one-at-a-time.mjs
 * @returns {Promise<boolean>} whether npm had to run
 */
export async function ensureNpmPackages(root, inheritedFd) {
  const modules = join(root, 'node_modules');
  const stampPath = join(modules, '.onbehalf-setup.json');
  const recordPath = join(modules, '.package-lock.json');
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = JSON.stringify({
    lock: createHash('sha256').update(lockText).digest('hex'),
    platform: `${process.platform}-${process.arch}`,
  });

  if (existsSync(recordPath)) {
    if (readIfPresent(stampPath) === stamp) return false;
    if (recordAgrees(modules, JSON.parse(lockText), JSON.parse(readFileSync(recordPath, 'utf8')))) {
      writeFileSync(stampPath, stamp);
      return false;
    }
  }

  say('Installing the npm packages of package-lock.json; this takes up to a minute or two.');
  rmSync(stampPath, { force: true });
  rmSync(recordPath, { force: true });
  const [npm, ...npmArgs] = npmCommand();
  // No install scripts: most do nothing but download; the one that must run has its own step.
  // `--include=dev`, because NODE_ENV=production would leave out the compiler.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional'];
  const result = await runProgram(
    npm,
    // The level as well: a silent caller (`npm -s test`) would leave a failure without its reason.
    [...npmArgs, ...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=warn'],
    {
      cwd: root,
      timeoutMs: NPM_TIME_LIMIT_MS,
      inheritedFd,
    },
  );
  if (!result.ok) {
    sayOutput(result.output);
    throw new SetupStopped('npm could not install the packages; its own words are above.');
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(stampPath, stamp);
  return true;
}

/**
 * How to start npm: the one that runs us, else the one beside Node or on PATH. It is started with the
 * running Node wherever possible, because npm's first line asks PATH for a Node.
 * @returns {string[]}
 */
export function npmCommand() {
  const runner = process.env.npm_execpath ?? '';
  if (basename(runner) === 'npm-cli.js') return [process.execPath, runner];
  const [npm] = findPrograms('npm', [...programDirectories(), dirname(process.execPath)]);
  if (npm === undefined) throw new SetupStopped('npm was not found; install it and start again.');
  return [npm];
}

/**
 * Whether npm's record of node_modules is the lock file's content, and the packages are really there.
 * Packages marked optional may be missing: they are for other platforms.
 */
function recordAgrees(modules, lock, record) {
  const wanted = lock.packages ?? {};
  const present = record.packages ?? {};
  const root = dirname(modules);
  const known = Object.entries(present).every(
    ([path, entry]) =>
      wanted[path]?.version === entry.version &&
      wanted[path]?.integrity === entry.integrity &&
      existsSync(join(root, path, 'package.json')),
  );
  const complete = Object.entries(wanted).every(
    ([path, entry]) => path === '' || path in present || entry.optional || entry.devOptional,
  );
  return known && complete;
}

/** @param {string} path */
function readIfPresent(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
