import { existsSync } from 'node:fs';
import { requireCurrentSchema } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import { loadConfig, type Config } from '../config/config.ts';
import type { MailboxConfig } from '../config/mailboxes.ts';
import { readOrMakeKeys } from '../config/made-keys.ts';
import { createLogger, type Logger } from '../runtime/logger.ts';
import { findSharedRedis } from '../queue/shared-redis.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import type { DropboxAddressing } from '../history/intake/dropbox-token.ts';
import type {
  HistoryMailboxOptions,
  HistoryOptions,
  NoticeMailboxOptions,
} from '../history/index.ts';
import type { ProducerOptions } from '../producer/index.ts';
import type { RouteOptions, WorkerOptions } from '../worker/index.ts';

/*
 * From the configuration to the options of each part. This room is the only one that knows both.
 */

/** Options that every verb takes. */
export interface GlobalOptions {
  /** Path of the configuration file. */
  readonly config?: string;
}

/** Loads the configuration of this process. */
export async function readConfig(options: GlobalOptions): Promise<Config> {
  return loadConfig({
    environment: process.env,
    workingDirectory: process.cwd(),
    ...(options.config === undefined ? {} : { file: options.config }),
  });
}

/** The logger of a process that runs a verb: JSON lines on standard error. */
export function processLogger(config: Config, name: string): Logger {
  return createLogger({ level: config.log.level, fields: { process: name, pid: process.pid } });
}

/**
 * The Redis to use: the configured one, else the embedded one of this state folder if it runs.
 *
 * @throws OnbehalfError `REDIS_UNAVAILABLE` saying what to do
 */
export async function redisUrlOf(config: Config): Promise<string> {
  if (config.redis.url !== undefined) return config.redis.url;
  const url = await findSharedRedis(config.stateDirectory);
  if (url !== undefined) return url;
  throw new OnbehalfError(
    'REDIS_UNAVAILABLE',
    'no Redis: run `onbehalf up` (it starts one) or set REDIS_URL',
  );
}

/**
 * Opens the history database for a verb that only reads it: where there is none, none is made.
 *
 * @throws OnbehalfError `DATABASE_UNAVAILABLE`, `MIGRATION_NEEDED`
 */
export async function openHistoryToRead(config: Config): Promise<HistoryDatabase> {
  const { file } = config.database;
  if (!existsSync(file)) {
    throw new OnbehalfError(
      'DATABASE_UNAVAILABLE',
      `there is no history yet at ${file}: run \`onbehalf up\` or \`onbehalf migrate\``,
    );
  }
  const database = openDatabase({ file });
  try {
    await requireCurrentSchema(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What a producer needs. */
export function producerOptions(config: Config, redisUrl: string, logger: Logger): ProducerOptions {
  return {
    redisUrl,
    prefix: config.redis.prefix,
    ...contentSecretOf(config),
    logger,
  };
}

/** What a worker needs; makes keys where the configuration names none. */
export async function workerOptions(
  config: Config,
  redisUrl: string,
  logger: Logger,
): Promise<WorkerOptions> {
  const made = await readOrMakeKeys(config.stateDirectory);
  return {
    redisUrl,
    prefix: config.redis.prefix,
    ...contentSecretOf(config),
    provider: config.provider,
    dkim: config.dkim.length > 0 ? config.dkim : [made.dkim],
    keyring: made.keyring,
    routes: routesOf(config),
    dns: config.dns,
    breaker: config.breaker,
    ...config.worker,
    logger,
  };
}

/** The relays: those of `routes`, else the one of `relay`. */
export function routesOf(config: Config): readonly RouteOptions[] {
  return config.routes.length > 0 ? config.routes : [config.relay];
}

/** All mailboxes that are read. */
export function mailboxesOf(config: Config): readonly MailboxConfig[] {
  return [...(config.mailbox === undefined ? [] : [config.mailbox]), ...config.mailboxes];
}

/** What a history consumer needs; makes keys where there are none. */
export async function historyOptions(
  config: Config,
  redisUrl: string,
  logger: Logger,
): Promise<HistoryOptions> {
  const made = await readOrMakeKeys(config.stateDirectory);
  const mailbox = mailboxOptions(config);
  return {
    redisUrl,
    prefix: config.redis.prefix,
    ...contentSecretOf(config),
    databaseFile: config.database.file,
    keyring: made.keyring,
    dns: config.dns,
    ...(mailbox === undefined ? {} : { mailbox }),
    breaker: config.breaker,
    mailboxes: config.mailboxes.map((each) => withRole(config, each)),
    logger,
  };
}

function mailboxOptions(config: Config): HistoryMailboxOptions | undefined {
  return config.mailbox === undefined ? undefined : forCopies(config, config.mailbox);
}

function withRole(
  config: Config,
  { role, ...mailbox }: Config['mailboxes'][number],
): HistoryMailboxOptions | NoticeMailboxOptions {
  return role === 'copies' ? forCopies(config, mailbox) : { role, ...mailbox };
}

function forCopies(config: Config, mailbox: MailboxConfig): HistoryMailboxOptions {
  const { host, name } = config.dropbox;
  return { ...mailbox, dropboxHost: host, dropboxName: name };
}

/** How this installation's dropbox addresses look. */
export function dropboxAddressing(config: Config): DropboxAddressing {
  return { prefix: config.dropbox.name, domain: config.dropbox.host };
}

function contentSecretOf(config: Config): { contentSecret?: Buffer } {
  return config.contentSecret === undefined ? {} : { contentSecret: config.contentSecret };
}
