import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnbehalfError, codeOf, messageOf } from '../runtime/errors.ts';
import { startServerProcess } from '../runtime/server-process.ts';
import type { ServerProcess } from '../runtime/server-process.ts';
import { dovecotConfig, dovecotUsers } from './dovecot-config.ts';
import { unprivilegedAccount } from './system-account.ts';
import type { SystemAccount } from './system-account.ts';

/** How often a start is tried when another program took a port between choosing and using it. */
const startTriesMax = 3;

/** A user of the mail server; neither part may hold a colon or a line break. */
interface DovecotUser {
  /** Login name, and local part of its addresses, in lower case. */
  readonly name: string;
  readonly password: string;
}

/** What {@link startDovecot} takes. */
export interface DovecotOptions {
  /** At least one; the first one's login is in the result. */
  readonly users: readonly [DovecotUser, ...DovecotUser[]];
  /**
   * Where configuration and mail lie; it must exist, and as root every folder above must be open
   * to `nobody`. Default: a new folder in the system's temporary folder, removed at the end.
   */
  readonly directory?: string;
  /** Mailboxes beside INBOX; default `Processed` and `Failed`. */
  readonly folders?: readonly string[];
  /** Gets each line of the server's log. */
  readonly log?: (line: string) => void;
}

/** A running mail server. */
export interface Dovecot extends AsyncDisposable {
  /** The IMAP server (no TLS) and the login of the first user. */
  readonly imap: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** Where mail is delivered: any domain, `user` or `user+detail` as local part. */
  readonly lmtp: { readonly host: string; readonly port: number };
  readonly directory: string;
  readonly pid: number;
  /** Breaks all IMAP sessions off, as a lost connection would; returns how many there were. */
  killSessions(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts Dovecot 2.3 for IMAP and LMTP on two free ports of 127.0.0.1, never as root, and resolves
 * when both greet.
 *
 * @throws OnbehalfError `SERVER_MISSING` when it is not installed, `SERVER_FAILED` when it does not
 *   come up
 */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const account = unprivilegedAccount();
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'onbehalf-mail-')));
  const cleanUp = async (): Promise<void> => {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    await prepare(directory, options.users, account);
    const { server, imapPort, lmtpPort } = await startOnFreePorts(directory, account, options);
    const stop = async (): Promise<void> => {
      await server.stop();
      await cleanUp();
    };
    const [{ name, password }] = options.users;
    return {
      imap: { host: '127.0.0.1', port: imapPort, user: name, password },
      lmtp: { host: '127.0.0.1', port: lmtpPort },
      directory,
      pid: server.pid,
      killSessions: () => killImapProcesses(server.pid),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function prepare(
  directory: string,
  users: readonly DovecotUser[],
  account: SystemAccount,
): Promise<void> {
  const folders = ['run', 'state', 'mail'].map((name) => join(directory, name));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const usersFile = join(directory, 'users');
  await writeFile(usersFile, dovecotUsers(users, directory, account), { mode: 0o600 });
  for (const path of [directory, usersFile, ...folders]) {
    await chown(path, account.uid, account.gid);
  }
}

async function startOnFreePorts(
  directory: string,
  account: SystemAccount,
  options: DovecotOptions,
): Promise<{
  readonly server: ServerProcess;
  readonly imapPort: number;
  readonly lmtpPort: number;
}> {
  for (let tries = 1; ; tries += 1) {
    const [imapPort, lmtpPort] = await freePorts();
    const folders = options.folders ?? ['Processed', 'Failed'];
    const configFile = join(directory, 'dovecot.conf');
    await writeFile(configFile, dovecotConfig({ directory, account, imapPort, lmtpPort, folders }));
    try {
      const server = await startServerProcess({
        programs: ['dovecot'],
        args: ['-F', '-c', configFile],
        readyLine: /starting up for/,
        ...(process.getuid?.() === 0 ? { account } : {}),
        ...(options.log === undefined ? {} : { log: options.log }),
      });
      await greetedOrStopped(server, imapPort, /^\* OK /);
      await greetedOrStopped(server, lmtpPort, /^220 /);
      return { server, imapPort, lmtpPort };
    } catch (error) {
      if (tries === startTriesMax || !/address already in use/i.test(messageOf(error))) throw error;
    }
  }
}

/** Two ports of 127.0.0.1 that nobody listened on a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const first = createServer().listen(0, '127.0.0.1');
  const second = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(first, 'listening'), once(second, 'listening')]);
  const ports = [first, second].map((server) => (server.address() as AddressInfo).port);
  await Promise.all([once(first.close(), 'close'), once(second.close(), 'close')]);
  return [ports[0] ?? 0, ports[1] ?? 0];
}

async function greetedOrStopped(
  server: ServerProcess,
  port: number,
  greeting: RegExp,
): Promise<void> {
  const problem = await greets(port, greeting);
  if (problem === undefined) return;
  await server.stop();
  throw new OnbehalfError(
    'SERVER_FAILED',
    `dovecot started, but port ${port}: ${problem}. Its last lines:\n${server.lastLines()}`,
  );
}

/** Undefined when the port greets as expected; else what happened instead. */
async function greets(port: number, greeting: RegExp): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(10_000, () => end('no greeting within 10 s'));
    socket.on('error', (error) => end(messageOf(error)));
    socket.on('end', () => end('closed without a greeting'));
    socket.setEncoding('utf8').once('data', (text: string) => {
      end(greeting.test(text) ? undefined : `greeted with ${text.trim()}`);
    });
  });
}

async function killImapProcesses(masterPid: number): Promise<number> {
  const children = await readFile(`/proc/${masterPid}/task/${masterPid}/children`, 'utf8');
  let count = 0;
  for (const pid of children.split(' ').filter(Boolean)) {
    try {
      if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() !== 'imap') continue;
      process.kill(Number(pid), 'SIGKILL');
      count += 1;
    } catch (error) {
      // A session may end by itself while we look.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ESRCH') throw error;
    }
  }
  return count;
}
