import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { migrateDatabase, requireCurrentSchema } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import type { BounceRule } from '../bounces/rule.ts';
import { base32 } from '../mail/base32.ts';
import type { Keyring } from '../mail/keyring.ts';
import { createContentStore } from '../queue/content-store.ts';
import { breakerRuleOf, type BreakerOptions } from '../queue/breaker-rule.ts';
import { keptContents } from '../queue/kept-contents.ts';
import { keyNames } from '../queue/key-names.ts';
import { openOutcomeReader, type OutcomeBacklog } from '../queue/outcome-stream.ts';
import { checkRedis } from '../queue/redis-check.ts';
import { openRedis } from '../queue/redis-connection.ts';
import { writeSuppressionCheck } from '../queue/suppression-check.ts';
import { createSuppressionMirror } from '../queue/suppression-mirror.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { silentLogger, type Logger } from '../runtime/logger.ts';
import { bindIntakeStore } from './intake/bind-intake-store.ts';
import { createMailboxConsumer } from './intake/consume-mailbox.ts';
import { resolverOf, type DnsOptions } from '../domains/resolver-of.ts';
import { createCopyParser } from './intake/copy-parser.ts';
import { createImapMailbox } from './intake/imap-mailbox.ts';
import type { DropboxAddressing } from './intake/dropbox-token.ts';
import type { ImapMailboxOptions } from './intake/imap-options.ts';
import { createFollowUp } from './follow-up.ts';
import { createNoticeWork } from './notice-work.ts';
import {
  checkSenderRequest,
  checkTimelineRequest,
  type SenderRequest,
  type TimelineRequest,
} from './history-requests.ts';
import { createOutcomeConsumer } from './outcome-consumer.ts';
import { addSender, listSenders, type AddedSender, type SenderRecord } from './store/senders.ts';
import { timelineOf, type Timeline } from './store/timeline.ts';
import { historyTotals, type HistoryTotals } from './store/totals.ts';
import { createSuppressionKeeper } from './suppress/suppression-keeper.ts';
import { openSuppressions, type Suppressions } from './suppress/suppressions.ts';

/** Contents kept from one event to the next, in bytes. */
const contentsKeptMax = 8 * 1024 * 1024;

/** Name of the history's consumer group on the outcome stream. */
export const historyGroup = 'history';

/** A mailbox that is read, whatever arrives in it. */
interface MailboxReadingOptions extends Omit<ImapMailboxOptions, 'logger'> {
  /** Longest wait between two looks into the mailbox, in milliseconds; default 30,000. */
  readonly pollMs?: number;
  /** After a crash another process waits this long for the mailbox, in milliseconds; default 30,000. */
  readonly leaseMs?: number;
  /** Larger mails go to quarantine unread, in bytes; default 25 MiB. */
  readonly copyBytesMax?: number;
}

/** A mailbox that copies arrive in; bounces and complaints may arrive there as well. */
export interface HistoryMailboxOptions extends MailboxReadingOptions {
  /** Default `copies`. */
  readonly role?: 'copies';
  /** Host of the dropbox addresses, e.g. `in.crm.example`. */
  readonly dropboxHost: string;
  /** What stands before the `+` of a dropbox address; default `dropbox`. */
  readonly dropboxName?: string;
  /** Host names our receiving servers write into Received; default: any. */
  readonly receivedBy?: readonly string[];
}

/** A mailbox that only bounces and complaints arrive in. */
export interface NoticeMailboxOptions extends MailboxReadingOptions {
  readonly role: 'notices';
}

/** What {@link createHistory} takes. */
export interface HistoryOptions {
  /** `redis://host:port/db`, `rediss://…` or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Tells several installations on one Redis apart; default `onbehalf`. */
  readonly prefix?: string;
  /** 32 bytes that contents in Redis are encrypted with, as producers have it; default: none. */
  readonly contentSecret?: Uint8Array;
  /** Path of the SQLite file. */
  readonly databaseFile: string;
  /**
   * Bring the database to the current schema at start; default false, and then an older one is an
   * error: with several processes, migrating is one deliberate step.
   */
  readonly migrate?: boolean;
  /** Secrets that prove our own messages, as workers have them. */
  readonly keyring: Keyring;
  /** The mailbox that copies arrive in; default: none is read. */
  readonly mailbox?: HistoryMailboxOptions;
  /** More mailboxes, of copies or of bounces and complaints; each is read for itself. */
  readonly mailboxes?: readonly (HistoryMailboxOptions | NoticeMailboxOptions)[];
  /** Where DNS is asked who runs a recipient's mailbox; default: the servers of this machine. */
  readonly dns?: DnsOptions;
  /** When the mail of a sender is held for complaints or refusals as spam, as workers have it; `false`: never. */
  readonly breaker?: BreakerOptions | false;
  /**
   * Rules of one's own for bounces, checked as those of the configuration are; they come before ours. Asked
   * for each mail: another list holds from the next mail on. Default: the rules that come with Onbehalf.
   */
  readonly bounceRules?: () => readonly BounceRule[];
  readonly logger?: Logger;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** The built parser thread; needed only where this module runs from its TypeScript source. */
  readonly parserThreadUrl?: URL;
}

/** A running history consumer, and the questions that it answers. */
export interface History extends AsyncDisposable {
  /**
   * A page of a contact's timeline; undefined when nobody has the address.
   *
   * @throws OnbehalfError `INVALID_INPUT`
   */
  timeline(request: TimelineRequest): Promise<Timeline | undefined>;
  /** What the history holds, counted. */
  totals(tenant?: string): Promise<HistoryTotals>;
  /** How many outcome events wait to be written. */
  backlog(): Promise<OutcomeBacklog>;
  /**
   * Registers a sender, with a dropbox address of her own.
   *
   * @throws OnbehalfError `INVALID_INPUT`
   */
  addSender(sender: SenderRequest): Promise<AddedSender>;
  /** All senders, or a tenant's. */
  listSenders(tenant?: string): Promise<readonly SenderRecord[]>;
  /** Who gets no more mail: list, add, remove, import, export (docs/suppression.md). */
  readonly suppress: Suppressions;
  /** Stops: finishes the transactions in hand, then closes everything. The same promise for every caller. */
  close(): Promise<void>;
}

/** Makes the token of a dropbox address: 130 random bits. */
export function newDropboxToken(): string {
  return base32(randomBytes(17)).slice(0, 26);
}

/**
 * Starts a history consumer: outcome events into the database, copies and what comes back from the
 * mailboxes as well.
 *
 * @throws OnbehalfError `INVALID_INPUT` for a zone, `REDIS_UNAVAILABLE`, `REDIS_UNSUITABLE`, `DATABASE_UNAVAILABLE`,
 *   `MIGRATION_NEEDED`, `MIGRATION_FAILED`
 */
export async function createHistory(options: HistoryOptions): Promise<History> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const resolver = resolverOf(options.dns ?? {});
  const database = openDatabase({ file: options.databaseFile });
  const opened = await openStream(options, database, clock, logger).catch(
    async (error: unknown) => {
      await database.close();
      throw error;
    },
  );
  const { redis, keys, reader, contents } = opened;
  const stop = new AbortController();
  const { parserThreadUrl, bounceRules } = options;
  const parser = createCopyParser({
    ...(parserThreadUrl === undefined ? {} : { threadUrl: parserThreadUrl }),
    ...(bounceRules === undefined ? {} : { bounceRules }),
  });
  const keeper = createSuppressionKeeper({
    database,
    mirror: createSuppressionMirror(redis, keys),
    mirrorName: keys.suppressed,
    resolver,
    tell: async (check) => writeSuppressionCheck(redis, keys, check),
    clock,
    logger,
    random: Math.random,
  });
  const followUp = createFollowUp({
    work: createNoticeWork({
      redis,
      keys,
      database,
      resolver,
      sharesFacts: options.dns?.zone === undefined,
      breakerRule: breakerRuleOf(options.breaker),
      clock,
      logger,
    }),
    everyMs: 30_000,
    clock,
    logger,
    random: Math.random,
  });
  redis.on('ready', () => keeper.compareSoon());
  const outcomes = createOutcomeConsumer({
    reader,
    contents,
    database,
    logger,
    clock,
    onRecorded: ({ joined }) => {
      keeper.nudge();
      if (joined > 0) followUp.wake();
    },
  });
  const running = [outcomes.run(stop.signal), followUp.run(stop.signal), keeper.run(stop.signal)];
  const mailboxes = [
    ...(options.mailbox === undefined ? [] : [options.mailbox]),
    ...(options.mailboxes ?? []),
  ];
  if (mailboxes.length === 0) {
    const hint = 'no mailbox is configured, so neither copies nor bounces are read';
    logger.info('no-mailbox', { hint });
  }
  running.push(...mailboxes.map(readMailbox));
  logger.info('history-ready', {
    database: database.file,
    mailboxes: mailboxes.map(({ host, role = 'copies' }) => `${host} (${role})`),
  });

  async function readMailbox(mailbox: HistoryMailboxOptions | NoticeMailboxOptions): Promise<void> {
    const { pollMs, leaseMs, copyBytesMax, ...imap } = mailbox;
    const addressing = mailbox.role === 'notices' ? undefined : addressingOf(mailbox);
    const store = bindIntakeStore(database, clock);
    const consumer = createMailboxConsumer({
      mailbox: createImapMailbox({ ...imap, logger }),
      store: {
        ...store,
        async recordIntake(records, lease) {
          const states = await store.recordIntake(records, lease);
          keeper.nudge();
          followUp.wake();
          return states;
        },
      },
      parser,
      ...(addressing === undefined ? {} : { addressing }),
      keyring: options.keyring,
      holder: `${hostname()}:${process.pid}:${base32(randomBytes(5))}`,
      clock,
      logger,
      random: Math.random,
      ...(copyBytesMax === undefined ? {} : { messageMaxBytes: copyBytesMax }),
      ...(pollMs === undefined ? {} : { pollMs }),
      ...(leaseMs === undefined ? {} : { leaseTtlMs: leaseMs }),
    });
    try {
      await consumer.run(stop.signal);
    } catch (error) {
      // Outcome events go on; mails stay in the mailbox until somebody mends the login.
      const { host, user } = mailbox;
      logger.error('mailbox-stopped', {
        host,
        user,
        code: codeOf(error),
        error: messageOf(error),
      });
    }
  }

  const end = async (): Promise<void> => {
    stop.abort();
    await Promise.allSettled(running);
    await parser.close();
    await reader.close();
    redis.disconnect();
    await database.close();
    logger.info('history-closed');
  };
  let ending: Promise<void> | undefined;
  const close = async (): Promise<void> => (ending ??= end());
  return {
    timeline: async (request) => timelineOf(database, checkTimelineRequest(request)),
    totals: (tenant) => historyTotals(database, tenant),
    backlog: () => reader.backlog(),
    addSender: async (sender) =>
      addSender(database, checkSenderRequest(sender), newDropboxToken, clock.now()),
    listSenders: (tenant) => listSenders(database, tenant),
    suppress: openSuppressions(
      database,
      () => clock.now(),
      () => keeper.nudge(),
    ),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addressingOf(mailbox: HistoryMailboxOptions): DropboxAddressing {
  const { dropboxHost, dropboxName, receivedBy } = mailbox;
  return {
    prefix: dropboxName ?? 'dropbox',
    domain: dropboxHost,
    ...(receivedBy === undefined || receivedBy.length === 0 ? {} : { receivedBy }),
  };
}

async function openStream(
  options: HistoryOptions,
  database: HistoryDatabase,
  clock: Clock,
  logger: Logger,
) {
  if (options.migrate === true) await migrateDatabase(database, { clock });
  await requireCurrentSchema(database);
  const keys = keyNames(options.prefix);
  const secret = options.contentSecret;
  const redis = await openRedis({ url: options.redisUrl, whileAway: 'wait', logger });
  try {
    for (const finding of await checkRedis(redis, clock.now())) {
      logger.warn('redis-setting', { kind: finding.kind, message: finding.message });
    }
    const reader = await openOutcomeReader({ redis, keys, group: historyGroup });
    const stored = createContentStore({
      redis,
      keys,
      ...(secret === undefined ? {} : { secret }),
    });
    // Thousands of sends may share a template.
    return { redis, keys, reader, contents: keptContents(stored, contentsKeptMax) };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
