/**
 * Set-up for a fresh clone: `npm run demo` and `npm test` start here. It depends on nothing but Node, does
 * only what is missing, and says on stderr what it is about to do before anything slow or privileged.
 *
 *   1. this Node is new enough
 *   2. missing servers can be installed, else stop before the slow part
 *   3. npm packages of the lock file            npm-packages.mjs
 *   4. better-sqlite3 loads, or is fetched       native-module.mjs
 *   5. missing servers, and compilers if the module must be compiled, in one installation   system-packages.mjs
 *   6. better-sqlite3 is compiled if it must be
 *   7. the build is up to date                   ../build.mjs
 */

import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIsCurrent } from './build-inputs.mjs';
import { surveyCompilers } from './setup/compilers.mjs';
import { SetupStopped, say, sayOutput } from './setup/messages.mjs';
import * as nativeModule from './setup/native-module.mjs';
import { ensureNpmPackages } from './setup/npm-packages.mjs';
import { takeTurn } from './setup/one-at-a-time.mjs';
import { runProgram, stopForGood } from './setup/run-program.mjs';
import { surveyServers } from './setup/servers.mjs';
import * as systemPackages from './setup/system-packages.mjs';

const NODE_MINIMUM = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    void stopForGood(signal).then(() => process.exit(128 + constants.signals[signal]));
  });
}

try {
  const startedAt = performance.now();
  requireNode();
  await setUp();
  say(`Set-up done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  process.exit(0);
} catch (error) {
  say(error instanceof SetupStopped ? error.message : error.stack);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1])) return;
  throw new SetupStopped(
    `Onbehalf needs Node ${NODE_MINIMUM.join('.')} or newer; this is Node ${process.versions.node}.`,
  );
}

async function setUp() {
  const { inheritedFd } = await takeTurn(root);
  await systemPackages.mendKilledInstallation();
  const gaps = await surveyServers();
  if (gaps.length > 0) await requireServersInstallable(gaps);

  await ensureNpmPackages(root, inheritedFd);
  const moduleLoads =
    (await nativeModule.nativeModuleLoads(root)) ||
    (await nativeModule.fetchNativeModule(root, inheritedFd));
  const tools = moduleLoads ? undefined : await surveyCompilers();
  await installMissing(gaps, tools?.missing ?? []);
  if (!moduleLoads) await nativeModule.compileNativeModule(root, await workingTools(), inheritedFd);
  await ensureBuild(inheritedFd);
}

/** Stops at once if servers are missing that we cannot install; names the compilers as well then. */
async function requireServersInstallable(gaps) {
  const installer = await systemPackages.surveyInstaller();
  const ready = await nativeModule.nativeModuleLoads(root);
  const compilers = ready ? [] : (await surveyCompilers()).missing;
  systemPackages.requireInstallable(installer, gaps, compilers);
}

/** One installation for everything; afterwards the servers must be there. */
async function installMissing(gaps, compilers) {
  if (gaps.length === 0 && compilers.length === 0) return;
  const installer = await systemPackages.surveyInstaller();
  systemPackages.requireInstallable(installer, gaps, compilers);
  const packages = [...gaps.flatMap((gap) => gap.packages), ...compilers];
  await systemPackages.installSystemPackages(installer, packages);
  const left = await surveyServers();
  if (left.length === 0) return;
  throw new SetupStopped(
    `The packages are installed, but this is still missing: ${left.map((gap) => gap.wanted).join('; and ')}.`,
  );
}

/** The compilers, after their packages are installed; packages that are there but broken are renewed once. */
async function workingTools() {
  let tools = await surveyCompilers();
  if (tools.missing.length > 0) {
    const installer = await systemPackages.surveyInstaller();
    systemPackages.requireInstallable(installer, [], tools.missing);
    await systemPackages.installSystemPackages(installer, tools.missing, { again: true });
    tools = await surveyCompilers();
  }
  if (tools.missing.length === 0) return tools.environment;
  throw new SetupStopped(
    `To compile better-sqlite3, set-up needs working programs of the packages ${tools.missing.join(', ')}.`,
  );
}

async function ensureBuild(inheritedFd) {
  if (buildIsCurrent(root)) return;
  say('Building.');
  const result = await runProgram(process.execPath, [join(root, 'scripts/build.mjs')], {
    cwd: root,
    inheritedFd,
  });
  if (result.ok) return;
  sayOutput(result.output);
  throw new SetupStopped('The build failed; its errors are above.');
}
