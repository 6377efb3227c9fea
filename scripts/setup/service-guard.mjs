/**
 * No service is left running, or enabled at boot, that was not before.
 *
 * Debian's packages start and enable their servers when they are installed. A policy file (policy-rc.d, which
 * Debian's own tools ask before they touch a service) forbids that while apt works. Where a policy of the
 * machine's owner allows it, or something starts all the same, what is new afterwards is stopped and disabled.
 * All of this runs as root.
 */

import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';

const POLICY_PATH = '/usr/sbin/policy-rc.d';
const POLICY_MARK = 'written by the set-up of Onbehalf, process';

/** The services that our packages bring, with the files in which they note their process id. */
const SERVICES = {
  'redis-server': '/run/redis/redis-server.pid',
  'valkey-server': '/run/valkey/valkey-server.pid',
  dovecot: '/run/dovecot/master.pid',
};

/**
 * Puts a policy in place that forbids every service action, unless there is one already.
 * @returns {() => void} takes it away again
 */
export function forbidServiceStarts() {
  removeAbandonedPolicy();
  if (existsSync(POLICY_PATH)) return () => undefined;
  const text = `#!/bin/sh\n# ${POLICY_MARK} ${process.pid}; it goes when apt is done\nexit 101\n`;
  writeFileSync(POLICY_PATH, text, { mode: 0o755, flag: 'wx' });
  return () => rmSync(POLICY_PATH, { force: true });
}

/**
 * Removes a policy file that a killed set-up of ours left behind.
 * @returns {boolean} false if there is one and we may not remove it
 */
export function removeAbandonedPolicy() {
  if (!existsSync(POLICY_PATH)) return true;
  const owner = new RegExp(`${POLICY_MARK} (\\d+)`).exec(readFileSync(POLICY_PATH, 'latin1'))?.[1];
  if (owner === undefined || processLives(Number(owner))) return true;
  try {
    rmSync(POLICY_PATH);
    return true;
  } catch {
    return false;
  }
}

/**
 * What runs and what starts at boot at this moment.
 * @returns {Promise<{ running: Set<string>, enabled: Set<string> }>} names of services
 */
export async function surveyServices() {
  const running = new Set();
  const enabled = new Set();
  for (const name of Object.keys(SERVICES)) {
    if (await serviceRuns(name)) running.add(name);
    if (startsAtBoot(name)) enabled.add(name);
  }
  return { running, enabled };
}

/**
 * Stops and disables the services that are new since the survey.
 * @param {Awaited<ReturnType<typeof surveyServices>>} before
 * @returns {Promise<string[]>} what could not be stopped or disabled
 */
export async function undoNewServices(before) {
  const now = await surveyServices();
  for (const name of now.running) if (!before.running.has(name)) await stopService(name);
  for (const name of now.enabled) {
    if (before.enabled.has(name)) continue;
    // systemctl also edits the links of a machine that systemd did not boot (a container); without it, sysv.
    const disabled = await runProgram('systemctl', ['disable', `${name}.service`]);
    if (!disabled.ok || startsAtBoot(name)) await runProgram('update-rc.d', [name, 'disable']);
  }
  const after = await surveyServices();
  return Object.keys(SERVICES).filter(
    (name) =>
      (after.running.has(name) && !before.running.has(name)) ||
      (after.enabled.has(name) && !before.enabled.has(name)),
  );
}

/** @param {string} name */
async function serviceRuns(name) {
  const processId = notedProcessId(name);
  if (processId !== undefined && processLives(processId)) return true;
  if (!systemdBooted()) return false;
  return (await runProgram('systemctl', ['is-active', '--quiet', `${name}.service`])).ok;
}

/** @param {string} name */
async function stopService(name) {
  if (systemdBooted()) await runProgram('systemctl', ['stop', `${name}.service`]);
  else await runProgram(`/etc/init.d/${name}`, ['stop']);
  const processId = notedProcessId(name);
  if (processId !== undefined && processLives(processId)) process.kill(processId, 'SIGTERM');
}

/** Links of systemd and of System V, whichever the machine uses. */
function startsAtBoot(name) {
  const systemd = '/etc/systemd/system';
  const wants = entries(systemd).filter((entry) => entry.endsWith('.wants'));
  return (
    wants.some((folder) => entries(join(systemd, folder)).includes(`${name}.service`)) ||
    ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc5.d'].some((folder) =>
      entries(folder).some((entry) => /^S\d\d/.test(entry) && entry.slice(3) === name),
    )
  );
}

/** @param {string} folder */
function entries(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** @param {string} name */
function notedProcessId(name) {
  if (!existsSync(SERVICES[name])) return undefined;
  const processId = Number.parseInt(readFileSync(SERVICES[name], 'utf8'), 10);
  return processId > 0 ? processId : undefined;
}

/** @param {number} processId */
function processLives(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function systemdBooted() {
  return existsSync('/run/systemd/system');
}
