import { existsSync } from 'node:fs';
import { pendingMigrations } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import type { Config } from '../config/config.ts';
import type { MailboxConfig } from '../config/mailboxes.ts';
import { historyGroup } from '../history/history.ts';
import { createImapMailbox } from '../history/intake/imap-mailbox.ts';
import { countNotices, type NoticeCounts } from '../history/store/notice-counts.ts';
import { keyNames } from '../queue/key-names.ts';
import { readOutcomeBacklog } from '../queue/outcome-stream.ts';
import { checkRedis } from '../queue/redis-check.ts';
import { openRedis, withoutPassword } from '../queue/redis-connection.ts';
import { formatSmtpReply } from '../mail/smtp-reply.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import { openLane } from '../worker/lane.ts';
import { resolveRoute, type RouteOptions } from '../worker/route.ts';
import { mailboxesOf, redisUrlOf, routesOf } from './context.ts';

/** What one check found. */
export interface CheckResult {
  readonly name: string;
  /** `warning`: works, but should be changed. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do, where something is to be done. */
  readonly advice?: string;
}

const relayTimeoutMs = 10_000;

/** Runs all checks at the same time; results come in a fixed order. None of them throws. */
export async function runChecks(config: Config): Promise<readonly CheckResult[]> {
  const groups = await Promise.all([
    checkRedisServer(config),
    checkDatabase(config),
    Promise.all(routesOf(config).map(async (route) => checkRelay(config, route))).then((all) =>
      all.flat(),
    ),
    checkMailboxes(config),
  ]);
  return [checkConfigFile(config), ...groups.flat()];
}

function checkConfigFile(config: Config): CheckResult {
  const detail = config.file ?? 'no file: defaults and environment';
  return { name: 'config', state: 'ok', detail };
}

async function checkRedisServer(config: Config): Promise<CheckResult[]> {
  const name = 'redis';
  try {
    const url = await redisUrlOf(config);
    const redis = await openRedis({ url, whileAway: 'fail' });
    try {
      const findings = await checkRedis(redis, Date.now());
      const keys = keyNames(config.redis.prefix);
      const backlog = await readOutcomeBacklog(redis, keys, historyGroup);
      return [
        { name, state: 'ok', detail: `${withoutPassword(url)} answers` },
        ...findings.map(({ message }) => ({ name, state: 'warning' as const, detail: message })),
        {
          name: 'backlog',
          state: 'ok',
          detail: `${backlog.unacknowledged} outcome events wait for the history process`,
        },
      ];
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    const advice = 'start it with `onbehalf up`, or set REDIS_URL to a server that runs';
    return [{ name, state: 'failed', detail: messageOf(error), advice }];
  }
}

async function checkDatabase(config: Config): Promise<CheckResult[]> {
  const name = 'database';
  const { file } = config.database;
  if (!existsSync(file)) {
    const advice = 'make it with `onbehalf migrate` (`onbehalf up` does that by itself)';
    return [{ name, state: 'warning', detail: `${file} is not there yet`, advice }];
  }
  try {
    await using database = openDatabase({ file });
    const pending = await pendingMigrations(database);
    if (pending === 0) {
      const found = noticeFindings(await countNotices(database));
      return [{ name, state: 'ok', detail: `${file} is up to date` }, ...found];
    }
    const detail = `${file} lacks ${pending} migration${pending === 1 ? '' : 's'}`;
    return [{ name, state: 'failed', detail, advice: 'run `onbehalf migrate`' }];
  } catch (error) {
    const advice = 'check the path, its rights and the release of Onbehalf that wrote it';
    return [{ name, state: 'failed', detail: messageOf(error), advice }];
  }
}

/** What an operator should know of mail that came back. */
function noticeFindings({ waiting, forged }: NoticeCounts): readonly CheckResult[] {
  const name = 'notices';
  const findings: CheckResult[] = [];
  if (forged.isBurst) {
    const when = new Date(forged.lastAt ?? 0).toISOString();
    const detail = `${forged.lastTenMinutes} forged return paths in ten minutes, until ${when}`;
    const advice = 'they change nothing; look at the mails in Failed for where they come from';
    findings.push({ name, state: 'warning', detail, advice });
  }
  if (waiting.oldestAt !== undefined && Date.now() - waiting.oldestAt > 3_600_000) {
    const detail = `${waiting.count} notices wait for sends that are not in the history`;
    const advice = 'does this database get the outcome events of the sends they are about?';
    findings.push({ name, state: 'warning', detail, advice });
  }
  return findings;
}

async function checkRelay(config: Config, options: RouteOptions): Promise<CheckResult[]> {
  const name = 'relay';
  const route = resolveRoute(
    { ...options, connectTimeoutMs: relayTimeoutMs },
    config.provider.domain,
  );
  const place = `${route.host}:${route.port}`;
  const opening = await openLane(route);
  switch (opening.kind) {
    case 'open': {
      opening.lane.quit();
      const how =
        route.auth === undefined ? 'greets us' : `accepts the login of ${route.auth.user}`;
      return [{ name, state: 'ok', detail: `${place} ${how}` }];
    }
    case 'session-refused': {
      const advice =
        'check relay.user, its password, and whether the relay allows this machine; nothing is sent until it does';
      const detail = `${place} refuses: ${formatSmtpReply(opening.reply)}`;
      return [{ name, state: 'failed', detail, advice }];
    }
    case 'broken': {
      const advice =
        'check ONBEHALF_RELAY_URL (or relay.host and relay.port), firewalls, and TLS: relay.secure for port 465';
      return [{ name, state: 'failed', detail: `${place}: ${opening.reason}`, advice }];
    }
  }
}

async function checkMailboxes(config: Config): Promise<readonly CheckResult[]> {
  const all = mailboxesOf(config);
  if (all.length === 0) {
    const advice =
      'set ONBEHALF_MAILBOX_URL and ONBEHALF_MAILBOX_PASSWORD to read copies and bounces';
    const detail = 'none is configured: neither copies nor bounces are read';
    return [{ name: 'mailbox', state: 'warning', detail, advice }];
  }
  return Promise.all(all.map(checkMailbox));
}

async function checkMailbox(mailbox: MailboxConfig): Promise<CheckResult> {
  const name = 'mailbox';
  const place = `${mailbox.user}@${mailbox.host}:${mailbox.port}`;
  try {
    const session = await createImapMailbox(mailbox).open(AbortSignal.timeout(15_000));
    await session.close();
    return { name, state: 'ok', detail: `${place} opens ${mailbox.folder}` };
  } catch (error) {
    const advice =
      codeOf(error) === 'MAILBOX_LOGIN_REFUSED'
        ? 'check mailbox.user and ONBEHALF_MAILBOX_PASSWORD'
        : 'check ONBEHALF_MAILBOX_URL, firewalls and TLS: mailbox.secure for port 993';
    return { name, state: 'failed', detail: `${place}: ${messageOf(error)}`, advice };
  }
}
