import { join, relative } from 'node:path';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import { readOrMakeKeys } from '../config/made-keys.ts';
import { newDropboxToken } from '../history/history.ts';
import { dropboxAddressOf } from '../history/intake/dropbox-token.ts';
import { addSender } from '../history/store/senders.ts';
import { joinOrStartRedis, type SharedRedis } from '../queue/shared-redis.ts';
import type { Clock } from '../runtime/clock.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { jane, provider, users } from './cast.ts';
import { demoAnswers } from './demo-answers.ts';
import {
  demoEnvironment,
  startDemoProcesses,
  type DemoProcesses,
  type StartDemoProcess,
} from './demo-processes.ts';
import { takeDemoState, type DemoState } from './demo-state.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { startDovecot, type Dovecot } from './dovecot.ts';
import { noteMailServer } from './left-mail-server.ts';
import { startRelay, type Relay } from './relay.ts';
import type { StopList } from './stop-list.ts';

/** What {@link startDemoParts} takes. */
export interface DemoPartsOptions {
  readonly terminal: DemoTerminal;
  readonly stateDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly startProcess: StartDemoProcess;
  readonly sendCount: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The whole system, running. */
export interface DemoParts {
  readonly state: DemoState;
  readonly redis: SharedRedis;
  readonly relay: Relay;
  readonly dovecot: Dovecot;
  readonly database: HistoryDatabase;
  readonly processes: DemoProcesses;
  /** Jane's, to put into BCC. */
  readonly dropboxAddress: string;
}

const dropbox = { prefix: 'dropbox', domain: `in.${provider.domain}` } as const;
const mailboxPassword = 'demo';

/**
 * Starts everything, printing a line for each part; what was started is on the list of what to
 * stop, also when a later part fails.
 *
 * @throws OnbehalfError `SERVER_MISSING`, `SERVER_FAILED` and what else a part throws
 */
export async function startDemoParts(
  options: DemoPartsOptions,
  stops: StopList,
): Promise<DemoParts> {
  const { terminal, signal, clock } = options;
  const tell = (part: string, what: string): void => {
    terminal.line(`   ${terminal.colors.green('✔')} ${part.padEnd(9)} ${what}`);
    signal.throwIfAborted();
  };
  const state = await takeDemoState(options.stateDirectory, clock);
  stops.add(() => state.release());

  const redis = await joinOrStartRedis({ stateDirectory: state.directory });
  stops.add(async () => redis.release());
  tell('Redis', 'a server of our own on a Unix socket; it holds the work');

  const relay = await startRelay({ answer: demoAnswers(options.sendCount) });
  stops.add(async () => relay.stop());
  tell('Relay', `127.0.0.1:${relay.port}, answers like the real world, not always yes`);

  const dovecot = await startDovecot({
    users: [{ name: dropbox.prefix, password: mailboxPassword }],
  });
  stops.add(async () => dovecot.stop());
  noteMailServer(state.directory, dovecot);
  tell('Mailbox', `Dovecot on 127.0.0.1:${dovecot.imap.port}, where BCC copies arrive`);

  const database = openDatabase({ file: state.databaseFile });
  stops.add(async () => database.close());
  await migrateDatabase(database);
  const addresses = await registerUsers(database, clock.now());
  tell('Database', `${relative('', state.databaseFile)}; it holds the history`);

  await readOrMakeKeys(state.directory);
  const environment = demoEnvironment(options.environment, {
    ONBEHALF_CONFIG: state.configFile,
    ONBEHALF_STATE_DIRECTORY: state.directory,
    ONBEHALF_PROVIDER_DOMAIN: provider.domain,
    ONBEHALF_PROVIDER_NAME: provider.name,
    ONBEHALF_RELAY_URL: `smtp://127.0.0.1:${relay.port}`,
    ONBEHALF_MAILBOX_URL: `imap://${dropbox.prefix}@127.0.0.1:${dovecot.imap.port}`,
    ONBEHALF_MAILBOX_PASSWORD: mailboxPassword,
    ONBEHALF_POLL_MS: '1000',
    // Just over the time for which recipients are greylisted: one more attempt is enough.
    ONBEHALF_RETRY_BASE_MS: '2600',
    ONBEHALF_RETRY_CAP_MS: '4000',
    ONBEHALF_LOG_LEVEL: 'warn',
    REDIS_URL: redis.url,
  });
  const logs = join(state.directory, 'logs');
  const processes = await startDemoProcesses(options.startProcess, environment, logs, stops);
  const [firstPid, secondPid, historyPid] = processes.pids;
  tell('Workers', `processes ${firstPid} and ${secondPid}, which render, sign and send`);
  tell('History', `process ${historyPid}, which records outcomes and reads the mailbox`);
  const dropboxAddress = addresses.get(jane.address);
  if (dropboxAddress === undefined) throw new OnbehalfError('INVALID_INPUT', 'Jane is no user');
  return { state, redis, relay, dovecot, database, processes, dropboxAddress };
}

/** Registers the users; returns their dropbox addresses by their own. */
async function registerUsers(
  database: HistoryDatabase,
  now: number,
): Promise<ReadonlyMap<string, string>> {
  const addresses = new Map<string, string>();
  for (const { name, address } of users) {
    const wanted = { tenant: 'default', name, address };
    const added = await addSender(database, wanted, newDropboxToken, now);
    if (added.kind === 'exists') continue;
    addresses.set(address, dropboxAddressOf(added.token, dropbox));
  }
  return addresses;
}
