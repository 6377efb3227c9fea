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
 * Puts a policy in place that forbids every service action, unless the machine has one already. The survey is
 * written into it, so that after a kill the next run still knows what there was before.
 * @param {ServiceSurvey} survey what runs and is enabled now
 * @returns {{ before: ServiceSurvey, end: () => void }} the survey to go by, and what takes the policy away again
 */
export function forbidServiceStarts(survey) {
  const abandoned = abandonedPolicy();
  if (abandoned === undefined && existsSync(POLICY_PATH)) {
    return { before: survey, end: () => undefined };
  }
  const before = abandoned ?? survey;
  const lines = [
    '#!/bin/sh',
    `# ${POLICY_MARK} ${process.pid}; it goes when apt is done`,
    `# before: ${JSON.stringify(before)}`,
    'exit 101',
  ];
  writeFileSync(POLICY_PATH, `${lines.join('\n')}\n`, { mode: 0o755 });
  return { before, end: () => rmSync(POLICY_PATH, { force: true }) };
}

/**
 * The survey in the policy file that a killed set-up of ours left behind.
 * @returns {ServiceSurvey | undefined} undefined if there is no such file
 */
export function abandonedPolicy() {
  if (!existsSync(POLICY_PATH)) return undefined;
  const text = readFileSync(POLICY_PATH, 'latin1');
  const owner = new RegExp(`${POLICY_MARK} (\\d+)`).exec(text)?.[1];
  if (owner === undefined || processLives(Number(owner))) return undefined;
  const survey = /^# before: (.*)$/m.exec(text)?.[1];
  return survey === undefined ? { running: [], enabled: [] } : JSON.parse(survey);
}

/**
 * What runs and what starts at boot at this moment.
 * @typedef {{ running: string[], enabled: string[] }} ServiceSurvey names of services
 * @returns {Promise<ServiceSurvey>}
 */
export async function surveyServices() {
  const running = [];
  const enabled = [];
  for (const name of Object.keys(SERVICES)) {
    if (await serviceRuns(name)) running.push(name);
    if (startsAtBoot(name)) enabled.push(name);
  }
  return { running, enabled };
}

/**
 * Stops and disables the services that are new since the survey.
 * @param {ServiceSurvey} before
 * @returns {Promise<string[]>} what could not be stopped or disabled
 */
export async function undoNewServices(before) {
  const now = await surveyServices();
  for (const name of now.running) if (!before.running.includes(name)) await stopService(name);
  for (const name of now.enabled) {
    if (before.enabled.includes(name)) continue;
    // systemctl also edits the links of a machine that systemd did not boot (a container); without it, sysv.
    const disabled = await runProgram('systemctl', ['disable', `${name}.service`]);
    if (!disabled.ok || startsAtBoot(name)) await runProgram('update-rc.d', [name, 'disable']);
  }
  const after = await surveyServices();
  return Object.keys(SERVICES).filter(
    (name) =>
      (after.running.includes(name) && !before.running.includes(name)) ||
      (after.enabled.includes(name) && !before.enabled.includes(name)),
  );
}

/** @param {string} name */
async function serviceRuns(name) {
  const processId = notedProcessId(name);
  if (processId !== undefined && processLives(processId)) return true;
  if (!systemdBooted()) return false;
  const { stdout } = await runProgram('systemctl', ['is-active', `${name}.service`]);
  // `activating` too: a service that failed and waits for its next try runs soon.
  return ['active', 'activating', 'reloading'].includes(stdout.trim());
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
