/**
 * The two servers that the demo and the tests start for themselves: Redis (or Valkey), and Dovecot with
 * IMAP and LMTP. Only their programs are needed, never a running service.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPrograms, programDirectories, runProgram } from './run-program.mjs';

const VERSION_TIME_LIMIT_MS = 10_000;

/** The oldest Redis whose commands we use. */
const REDIS_MINIMUM = [6, 2];

/** Where Dovecot's makers and packagers put its helper programs, seen from the main program. */
const DOVECOT_LIBRARIES = ['../lib/dovecot', '../libexec/dovecot'];
const DOVECOT_PARTS = {
  imap: 'dovecot-imapd',
  'imap-login': 'dovecot-imapd',
  lmtp: 'dovecot-lmtpd',
};

/**
 * @typedef {object} ServerGap something missing or unfit
 * @property {string} wanted what is needed, in words that name the packages
 * @property {string[]} packages Debian packages that bring it; none if a package cannot help
 * @property {string} [found] what is there instead and does not do
 */

/**
 * Looks for both servers.
 * @param {readonly string[]} [directories] where to look; default: PATH and the standard directories
 * @returns {Promise<ServerGap[]>} what is missing; empty if all is there
 */
export async function surveyServers(directories = programDirectories()) {
  const gaps = await Promise.all([surveyRedis(directories), surveyDovecot(directories)]);
  return gaps.filter((gap) => gap !== undefined);
}

/**
 * Whether a Redis or Valkey of this version will do.
 * @param {string} version such as `7.0.15`
 */
export function redisVersionFits(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > REDIS_MINIMUM[0] || (major === REDIS_MINIMUM[0] && minor >= REDIS_MINIMUM[1]);
}

/**
 * Whether we speak the configuration of this Dovecot: 2.4 changed the syntax.
 * @param {string} version such as `2.3.19.1`
 */
export function dovecotVersionFits(version) {
  return version.startsWith('2.3.');
}

/** @param {readonly string[]} directories */
async function surveyRedis(directories) {
  const wanted = 'redis-server or valkey-server, version 6.2 or newer';
  let found;
  for (const name of ['redis-server', 'valkey-server']) {
    for (const path of findPrograms(name, directories)) {
      const version = await versionOf(path, /v=(\d+\.\d+\.\d+)/);
      if (version !== undefined && redisVersionFits(version)) return undefined;
      found ??= version === undefined ? undefined : `${path} is version ${version}`;
    }
  }
  // An older one that is in use here is not ours to replace.
  return found === undefined
    ? { wanted, packages: ['redis-server'] }
    : { wanted, packages: [], found };
}

/** @param {readonly string[]} directories */
async function surveyDovecot(directories) {
  const wanted = 'Dovecot 2.3 with IMAP and LMTP (on Debian 12: dovecot-imapd and dovecot-lmtpd)';
  const packages = ['dovecot-imapd', 'dovecot-lmtpd'];
  let found;
  let missing;
  for (const path of findPrograms('dovecot', directories)) {
    const version = await versionOf(path, /^(\d+\.\d+\S*)/);
    if (version === undefined) continue;
    if (dovecotVersionFits(version)) {
      const parts = missingDovecotParts(path);
      if (parts.length === 0) return undefined;
      missing ??= parts;
    } else {
      found ??= `${path} is version ${version}, whose configuration is another`;
    }
  }
  if (missing !== undefined) return { wanted, packages: missing };
  return found === undefined ? { wanted, packages } : { wanted, packages: [], found };
}

/** Debian packages of the parts that this Dovecot lacks. */
function missingDovecotParts(path) {
  const libraries = DOVECOT_LIBRARIES.map((library) => join(dirname(path), library));
  const lacking = Object.entries(DOVECOT_PARTS).filter(
    ([part]) => !libraries.some((library) => existsSync(join(library, part))),
  );
  return [...new Set(lacking.map(([, aptPackage]) => aptPackage))];
}

/**
 * @param {string} path
 * @param {RegExp} pattern
 */
async function versionOf(path, pattern) {
  const result = await runProgram(path, ['--version'], { timeoutMs: VERSION_TIME_LIMIT_MS });
  return result.ok ? pattern.exec(result.stdout)?.[1] : undefined;
}
