/**
 * Step: Debian packages that are missing get installed, with the rights and the consent that needs.
 *
 * This file decides whether we may; install-as-root.mjs does it, as root, in one call for all packages.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetupStopped, listInWords, say } from './messages.mjs';
import { findPrograms, pathDirectories, programDirectories, runProgram } from './run-program.mjs';
import { abandonedPolicy } from './service-guard.mjs';

const INSTALLER = fileURLToPath(new URL('install-as-root.mjs', import.meta.url));

/** How apt-get is called; also what we ask the user to type when we may not. */
const APT_INSTALL = 'apt-get install -y --no-install-recommends';

/**
 * How this process can install Debian packages.
 * @returns {Promise<{ kind: 'root' } | { kind: 'sudo', command: string[], asks: boolean } |
 *   { kind: 'no-apt' } | { kind: 'no-rights', sudo: boolean }>}
 */
export async function surveyInstaller() {
  // PATH alone: who has taken apt-get off it does not want it used.
  if (findPrograms('apt-get', pathDirectories()).length === 0) return { kind: 'no-apt' };
  if (process.getuid?.() === 0) return { kind: 'root' };
  const [sudo] = findPrograms('sudo', programDirectories());
  if (sudo === undefined) return { kind: 'no-rights', sudo: false };
  if ((await runProgram(sudo, ['-n', 'true'])).ok) {
    return { kind: 'sudo', command: [sudo, '-n'], asks: false };
  }
  return process.stdin.isTTY && existsSync('/dev/tty')
    ? { kind: 'sudo', command: [sudo], asks: true }
    : { kind: 'no-rights', sudo: true };
}

/**
 * Checks, before anything slow happens, that the packages can be installed.
 * @param {Awaited<ReturnType<typeof surveyInstaller>>} installer
 * @param {readonly import('./servers.mjs').ServerGap[]} gaps missing servers
 * @param {readonly string[]} compilers Debian packages of missing compilers
 * @throws {SetupStopped} with the one sentence that says what to install, and how
 */
export function requireInstallable(installer, gaps, compilers) {
  const packages = [...gaps.flatMap((gap) => gap.packages), ...compilers];
  const unfit = gaps.filter((gap) => gap.packages.length === 0);
  if (unfit.length === 0 && (installer.kind === 'root' || installer.kind === 'sudo')) return;
  if (unfit.length > 0 || installer.kind === 'no-apt') {
    const wanted = gaps.map((gap) => gap.wanted);
    if (compilers.length > 0) wanted.push(`${listInWords(compilers)} (to compile better-sqlite3)`);
    const found = unfit.map((gap) => `; ${gap.found}`).join('');
    const reason = unfit.length > 0 ? 'cannot use what is installed' : 'finds no apt-get here';
    throw new SetupStopped(
      `Set-up ${reason}: please install ${wanted.join('; and ')}, then start again${found}.`,
    );
  }
  const command = `${installer.sudo ? 'sudo ' : ''}${APT_INSTALL} ${packages.join(' ')}`;
  throw new SetupStopped(
    `Set-up may not install the Debian packages it needs (${listInWords(packages)}): ` +
      `please run \`${command}\`${installer.sudo ? '' : ' as root'}, then start again.`,
  );
}

/**
 * Undoes what a set-up left behind that was killed while apt worked, if there is such a thing.
 */
export async function mendKilledInstallation() {
  if (abandonedPolicy() === undefined) return;
  const installer = await surveyInstaller();
  if (installer.kind === 'root' || installer.kind === 'sudo') {
    say('An earlier set-up was killed while apt-get worked; mending what it left behind.');
    await runInstaller(installer, []);
  } else {
    say('A killed set-up left /usr/sbin/policy-rc.d behind; please remove that file as root.');
  }
}

/**
 * Installs Debian packages in one call. No service runs afterwards, or starts at boot, that did not before.
 * @param {Awaited<ReturnType<typeof surveyInstaller>>} installer
 * @param {readonly string[]} packages
 * @param {{ again?: boolean }} [options] `again`: they are installed, but something of them is broken
 * @throws {SetupStopped} if they could not be installed; the installer has said why
 */
export async function installSystemPackages(installer, packages, options = {}) {
  const how = installer.kind === 'sudo' ? ' with sudo' : '';
  say(
    `Installing ${listInWords(packages)}${how} by apt-get; services they bring will not be started.`,
  );
  await runInstaller(installer, [...(options.again ? ['--again'] : []), ...packages]);
}

async function runInstaller(installer, installerArgs) {
  const sudo = installer.kind === 'sudo' ? installer.command : [];
  const [program, ...args] = [...sudo, process.execPath, INSTALLER, ...installerArgs];
  const result = await runProgram(program, args, {
    asksAtTerminal: installer.kind === 'sudo',
    speaksForItself: true,
  });
  if (!result.ok) throw new SetupStopped();
}
