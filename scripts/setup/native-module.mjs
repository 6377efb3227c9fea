/**
 * Step: better-sqlite3, the one package with native code, loads in the running Node.
 *
 * In this order: load it; fetch the ready-made binary its makers publish (quick, and on a closed network
 * quick to fail); compile it here. What compiling needs is compilers.mjs' business.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npmCommand } from './npm-packages.mjs';
import { SetupStopped, say, sayOutput } from './messages.mjs';
import { runProgram } from './run-program.mjs';

const LOAD_TIME_LIMIT_MS = 20_000;
const DOWNLOAD_TIME_LIMIT_MS = 25_000;
const COMPILE_TIME_LIMIT_MS = 10 * 60_000;

const PROBE = `
  const Database = require('better-sqlite3');
  const answer = new Database(':memory:').prepare('select 42 as answer').get();
  process.exit(answer.answer === 42 ? 0 : 1);
`;

/**
 * Whether the module loads and answers a query; tried in a child process, because a binary for another
 * Node can end the process that loads it.
 * @param {string} root the clone
 * @returns {Promise<boolean>}
 */
export async function nativeModuleLoads(root) {
  if (!existsSync(join(root, 'node_modules/better-sqlite3/build'))) return false;
  const options = { cwd: root, timeoutMs: LOAD_TIME_LIMIT_MS };
  return (await runProgram(process.execPath, ['-e', PROBE], options)).ok;
}

/**
 * Tries to get the ready-made binary.
 * @param {string} root the clone
 * @param {number} [inheritedFd] see one-at-a-time.mjs
 * @returns {Promise<boolean>} whether the module loads now
 */
export async function fetchNativeModule(root, inheritedFd) {
  const program = join(root, 'node_modules/prebuild-install/bin.js');
  if (!existsSync(program)) return false;
  say('Looking for a ready-made binary of better-sqlite3.');
  const fetched = await runProgram(process.execPath, [program], {
    cwd: join(root, 'node_modules/better-sqlite3'),
    timeoutMs: DOWNLOAD_TIME_LIMIT_MS,
    inheritedFd,
  });
  return fetched.ok && nativeModuleLoads(root);
}

/**
 * Compiles the module.
 * @param {string} root the clone
 * @param {Record<string, string>} tools the environment that names the compilers
 * @param {number} [inheritedFd] see one-at-a-time.mjs
 * @throws {SetupStopped} if it cannot be compiled, or does not load afterwards
 */
export async function compileNativeModule(root, tools, inheritedFd) {
  say('Compiling better-sqlite3 for this Node; this takes a minute or two.');
  const [npm, ...npmArgs] = npmCommand();
  // A user's own `ignore-scripts=true` would make this do nothing, silently.
  const args = [...npmArgs, 'rebuild', 'better-sqlite3', '--ignore-scripts=false'];
  const result = await runProgram(npm, [...args, '--foreground-scripts'], {
    cwd: root,
    timeoutMs: COMPILE_TIME_LIMIT_MS,
    environment: {
      ...tools,
      ...headersBesideNode(),
      npm_config_build_from_source: 'true',
      JOBS: 'max',
    },
    inheritedFd,
  });
  if (result.ok && (await nativeModuleLoads(root))) return;
  sayOutput(result.output);
  throw new SetupStopped('better-sqlite3 could not be compiled; the words of its build are above.');
}

/** Node's own C headers, if they are of exactly this version: then node-gyp downloads nothing. */
function headersBesideNode() {
  if (process.env.npm_config_nodedir !== undefined) return {};
  const prefix = dirname(dirname(process.execPath));
  const versionFile = join(prefix, 'include/node/node_version.h');
  if (!existsSync(versionFile) || !existsSync(join(prefix, 'include/node/node_api.h'))) return {};
  const text = readFileSync(versionFile, 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH']
    .map((part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(text)?.[1])
    .join('.');
  return version === process.versions.node ? { npm_config_nodedir: prefix } : {};
}
