/**
 * A Postfix of a test's own: queue, settings, log and ports are below a temporary folder, and nothing
 * of an installed Postfix is read or touched. What it accepts is thrown away (discard(8)).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { atEnd } from './leftovers.ts';
import { temporaryFolder } from './temp-folder.ts';
import { eventually } from './wait-for.ts';

/** Where the programs of Postfix are; `ONBEHALF_POSTFIX` names a folder with its package unpacked. */
const root = process.env['ONBEHALF_POSTFIX'] ?? '';
const programs = join(root || '/', 'usr/lib/postfix/sbin');

/** Why no Postfix can be started here; undefined where one can. */
export function whyNoPostfix(): string | undefined {
  if (!existsSync(join(programs, 'master'))) return 'Postfix is absent';
  return process.getuid?.() === 0 ? undefined : 'only root may start Postfix';
}

/** A running Postfix. */
export interface Postfix {
  /** The port of each smtpd, in the order in which they were asked for. */
  readonly ports: readonly number[];
  /** The queue ids under which a message was accepted, by its Message-ID; complete after {@link settle}. */
  queued(): ReadonlyMap<string, readonly string[]>;
  /** Resolves when the log tells of a message with this Message-ID that it has left the queue. */
  left(messageId: string): Promise<void>;
}

/**
 * Starts a Postfix that lasts to the end of the test file.
 *
 * @param settings lines of main.cf
 * @param services settings of each smtpd, in addition; one port each
 */
export async function startPostfix(
  settings: Readonly<Record<string, string>>,
  services: readonly Readonly<Record<string, string>>[],
): Promise<Postfix> {
  const folder = temporaryFolder();
  const ports = await freePorts(services.length);
  writeSettings(folder, settings);
  writeServices(folder, services, ports);
  // master closes every descriptor that could be open, one by one: seconds, where many could.
  const master = spawn(
    'sh',
    ['-c', 'ulimit -n 1024; exec "$0" "$@"', join(programs, 'master'), '-d'],
    {
      env: { ...process.env, MAIL_CONFIG: join(folder, 'conf'), ...libraries },
      // It ends its whole process group when it ends.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const ended = once(master, 'exit');
  atEnd(async () => {
    // Processes that a test has stopped do not notice anything milder.
    if (master.pid !== undefined) process.kill(-master.pid, 'SIGKILL');
    await ended;
  });
  await eventually(async () => (await Promise.all(ports.map(answers))).every(Boolean), {
    what: `Postfix, see ${logOf(folder)}`,
  });
  const log = (): readonly string[] => readFileSync(logOf(folder), 'utf8').split('\n');
  const queued = (): Map<string, string[]> => {
    const messageIds = new Map<string, string>();
    const found = new Map<string, string[]>();
    for (const line of log()) {
      const [, queueId = '', what = ''] = /: ([0-9A-F]{6,}): (.*)$/.exec(line) ?? [];
      const messageId = /^message-id=(.*)$/.exec(what)?.[1];
      if (messageId !== undefined) messageIds.set(queueId, messageId);
      if (!what.endsWith('(queue active)')) continue;
      const id = messageIds.get(queueId) ?? '';
      found.set(id, [...(found.get(id) ?? []), queueId]);
    }
    return found;
  };
  return {
    ports,
    queued,
    async left(messageId) {
      await eventually(
        () =>
          (queued().get(messageId) ?? []).some((queueId) =>
            log().some((line) => line.endsWith(`: ${queueId}: removed`)),
          ),
        { what: `${messageId} in ${logOf(folder)}` },
      );
    },
  };
}

const logOf = (folder: string): string => join(folder, 'data/log');

/** Programs of an unpacked package do not find their libraries by themselves. */
const libraries: Readonly<Record<string, string>> =
  root === '' ? {} : { LD_LIBRARY_PATH: join(root, 'usr/lib/postfix') };

function writeSettings(folder: string, settings: Readonly<Record<string, string>>): void {
  const inherited = ['MAIL_CONFIG', 'MAIL_LOGTAG', 'POSTLOG_SERVICE', 'POSTLOG_HOSTNAME', 'LANG=C'];
  const all = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'spool'),
    data_directory: join(folder, 'data'),
    daemon_directory: programs,
    command_directory: join(root || '/', 'usr/sbin'),
    shlib_directory: join(root || '/', 'usr/lib/postfix'),
    meta_directory: join(root || '/', 'etc/postfix'),
    mail_owner: 'daemon',
    setgid_group: 'mail',
    default_privs: 'nobody',
    import_environment: [
      ...inherited,
      ...Object.entries(libraries).map(([name, value]) => `${name}=${value}`),
    ].join(' '),
    maillog_file: logOf(folder),
    maillog_file_prefixes: folder,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'mx.dest.example',
    mynetworks: '',
    mydestination: '',
    local_recipient_maps: '',
    virtual_mailbox_domains: '',
    virtual_alias_domains: '',
    alias_maps: '',
    relay_domains: 'dest.example',
    relay_transport: 'discard:',
    smtpd_peername_lookup: 'no',
    smtpd_client_connection_count_limit: '0',
    // How long a service rests when a process of it was killed in its first session.
    service_throttle_time: '1s',
    ...settings,
  };
  mkdirSync(join(folder, 'conf'));
  writeFileSync(
    join(folder, 'conf/main.cf'),
    Object.entries(all)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  const [owner, group] = [idOf('/etc/passwd', 'daemon'), idOf('/etc/group', 'mail')];
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'data'));
  chownSync(join(folder, 'data'), owner, group);
  mkdirSync(join(folder, 'spool/pid'), { recursive: true });
  for (const name of ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'hold', 'incoming']) {
    mkdirSync(join(folder, 'spool', name), { mode: 0o700 });
    chownSync(join(folder, 'spool', name), owner, group);
  }
  for (const name of ['private', 'public', 'maildrop', 'trace', 'saved', 'flush']) {
    mkdirSync(join(folder, 'spool', name), { mode: 0o710 });
    chownSync(join(folder, 'spool', name), owner, group);
  }
}

function writeServices(
  folder: string,
  services: readonly Readonly<Record<string, string>>[],
  ports: readonly number[],
): void {
  const smtpd = services.map((service, i) => {
    const options = Object.entries(service).map(([name, value]) => ` -o {${name} = ${value}}`);
    return `127.0.0.1:${ports[i]} inet n - n - - smtpd${options.join('')}`;
  });
  const lines = [
    ...smtpd,
    'postlog unix-dgram n - n - 1 postlogd',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'discard unix - - n - - discard',
    'bounce unix - - n - 0 discard',
    'defer unix - - n - 0 discard',
    'anvil unix - - n - 1 anvil',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
  ];
  writeFileSync(join(folder, 'conf/master.cf'), `${lines.join('\n')}\n`);
}

function idOf(file: string, name: string): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`${file} has no ${name}`);
  return Number(line.split(':')[2]);
}

/** Ports that nobody listens on; Postfix cannot choose one itself. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      return port;
    }),
  );
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
