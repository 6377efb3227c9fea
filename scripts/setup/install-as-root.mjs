/**
 * The privileged half of set-up: `node install-as-root.mjs [--again] <package>…`, run as root.
 *
 * Lists are fetched when they are missing, a day old, or turn out stale; then one `apt-get install` for all
 * packages, under a policy that starts no service; then whatever it started or enabled all the same is undone.
 * Without packages it only waits for another apt to end and mends what a killed run left behind.
 * It finishes this also when it is told to stop: apt-get gets the signal, and the policy file goes.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetupStopped, listInWords, say, sayOutput } from './messages.mjs';
import { runProgram, stopRunningPrograms } from './run-program.mjs';
import { dovecotVersionFits, redisVersionFits } from './servers.mjs';
import { forbidServiceStarts, surveyServices, undoNewServices } from './service-guard.mjs';

const LISTS = '/var/lib/apt/lists';
const LISTS_FRESH_MS = 24 * 3_600_000;

const QUIET = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a', LC_ALL: 'C.UTF-8' };
const PATIENCE = [
  '-oDPkg::Lock::Timeout=120',
  '-oAcquire::Retries=2',
  '-oAcquire::http::Timeout=30',
  '-oAcquire::https::Timeout=30',
];

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    void stopRunningPrograms(signal);
  });
}

const names = process.argv.slice(2).filter((argument) => argument !== '--again');
try {
  await install(names, process.argv.includes('--again'));
} catch (error) {
  say(error instanceof SetupStopped ? error.message : error.stack);
  process.exitCode = 1;
}
if (interrupted) process.exitCode = 130;

async function install(packages, again) {
  if (!listsAreFresh()) await updateLists();
  const chosen = [];
  for (const name of packages) chosen.push(await chooseCandidate(name));
  const repeated = again ? ['--reinstall', ...(await compilerPackages())] : [];
  const args = ['install', '-y', '--no-install-recommends', ...repeated, ...chosen];

  const guard = forbidServiceStarts(await surveyServices());
  try {
    let result = await apt(args);
    if (!result.ok && !interrupted) {
      // Two common reasons mend themselves: lists older than the archive, and an earlier apt that was killed.
      await runProgram('dpkg', ['--configure', '-a'], { environment: QUIET });
      await updateLists();
      result = await apt(args);
    }
    if (!result.ok) {
      sayOutput(result.output);
      throw new SetupStopped(
        `The packages ${listInWords(packages)} could not be installed; the words of apt-get are above.`,
      );
    }
  } finally {
    guard.end();
    const left = await undoNewServices(guard.before);
    if (left.length > 0) say(`Please stop and disable ${listInWords(left)}; set-up could not.`);
  }
}

/** @param {readonly string[]} args */
function apt(args) {
  return runProgram('apt-get', [...PATIENCE, '-q', ...args], { environment: QUIET });
}

/** A failure is left to the installation to judge: often it is a foreign archive that concerns nobody here. */
async function updateLists() {
  say('Fetching the lists of packages (apt-get update).');
  await apt(['update']);
}

function listsAreFresh() {
  if (!existsSync(LISTS)) return false;
  const lists = readdirSync(LISTS).filter((file) => /_Packages(\.\w+)?$/.test(file));
  const youngest = Math.max(
    ...[LISTS, ...lists.map((file) => join(LISTS, file))].map(modifiedAtMs),
  );
  return lists.length > 0 && Date.now() - youngest < LISTS_FRESH_MS;
}

/** @param {string} path */
function modifiedAtMs(path) {
  return statSync(path).mtimeMs;
}

/**
 * The package that brings what is wanted, judged before anything is installed: it is no use to bring a server
 * that we cannot speak to.
 * @param {string} name
 */
async function chooseCandidate(name) {
  if (name === 'redis-server') {
    const redis = await candidateVersion('redis-server');
    if (redis !== undefined && redisVersionFits(redis)) return name;
    if ((await candidateVersion('valkey-server')) !== undefined) return 'valkey-server';
    throw new SetupStopped(
      `apt offers ${redis === undefined ? 'no redis-server' : `redis-server ${redis}`}; ` +
        'please install redis-server or valkey-server, version 6.2 or newer, then start again.',
    );
  }
  if (name.startsWith('dovecot-')) {
    const dovecot = await candidateVersion(name);
    if (dovecot !== undefined && dovecotVersionFits(dovecot)) return name;
    throw new SetupStopped(
      `apt offers ${dovecot === undefined ? `no ${name}` : `${name} ${dovecot}`}; please install ` +
        'Dovecot 2.3 with IMAP and LMTP (on Debian 12: dovecot-imapd and dovecot-lmtpd), then start again.',
    );
  }
  return name;
}

/** The version apt would install, without epoch. */
async function candidateVersion(name) {
  const result = await runProgram('apt-cache', ['policy', name], { environment: QUIET });
  return /Candidate: (?:\d+:)?(\d\S*)/.exec(result.stdout)?.[1];
}

/** Installed packages in which parts of the compilers really live; `g++` itself is little but a link. */
async function compilerPackages() {
  const patterns = ['make', 'python3', '*python3.*-minimal', 'libpython3.*-stdlib', 'binutils*'];
  const result = await runProgram('dpkg-query', [
    '-W',
    '-f',
    '${db:Status-Status} ${Package}\\n',
    ...patterns,
    'python3-minimal',
    'g++*',
    'gcc*',
    'cpp*',
  ]);
  const lines = result.stdout.split('\n').filter((line) => line.startsWith('installed '));
  return lines.map((line) => line.slice('installed '.length));
}
