import { asc } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { suppression, suppressionAudit } from '../../../db/sqlite/schema.ts';
import {
  openSuppressionBook,
  type WantedSuppression,
} from '../../../src/history/suppress/suppression-book.ts';
import { createSuppressionKeeper } from '../../../src/history/suppress/suppression-keeper.ts';
import { createZoneResolver } from '../../../src/domains/zone-resolver.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { keyNames } from '../../../src/queue/key-names.ts';
import type { SuppressionCheck } from '../../../src/queue/suppression-check.ts';
import { createSuppressionMirror } from '../../../src/queue/suppression-mirror.ts';
import type { SuppressionScope } from '../../../src/queue/suppression-mirror.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { testDatabase } from '../../support/history.ts';
import { connectTo } from '../../support/outcome-world.ts';
import type { TestRedis } from '../../support/redis.ts';

/** Since when entries are in force, ms since 1970. */
const start = Date.UTC(2026, 10, 23);

/** An address as a scope. */
export function addressScope(address: string): SuppressionScope {
  return { kind: 'address', address };
}

/** An entry that a person made. */
export function byHand(
  scope: SuppressionScope,
  more: Partial<WantedSuppression> = {},
): WantedSuppression {
  return { tenant: 'default', scope, reason: 'manual', source: 'ann', since: start, ...more };
}

let worlds = 0;

/** A database, a mirror in Redis and a keeper between them, with a clock that stands still. */
export async function suppressionWorld(server: TestRedis, zone: unknown = {}) {
  worlds += 1;
  const prefix = `s${worlds}`;
  const database = await testDatabase();
  const redis = await connectTo(server);
  const keys = keyNames(prefix);
  const mirror = createSuppressionMirror(redis, keys);
  const time = { now: Date.now() };
  const clock: Clock = { now: () => time.now, sleep: async () => Promise.resolve() };
  const logged: string[] = [];
  const told: SuppressionCheck[] = [];
  const way = { database, mirror, mirrorName: keys.suppressed };
  const keeper = createSuppressionKeeper({
    ...way,
    resolver: createZoneResolver(zone),
    tell: async (check) => {
      told.push(check);
      return Promise.resolve();
    },
    clock,
    logger: createLogger({ write: (line) => logged.push(line) }),
    random: () => 0.5,
  });
  return {
    prefix,
    database,
    redis,
    keys,
    mirror,
    way,
    keeper,
    told,
    time,
    add: (...entries: readonly WantedSuppression[]) => addTo(database, entries, time.now),
    remove: (...scopes: readonly SuppressionScope[]) => {
      database.write((transaction) => {
        const book = openSuppressionBook(transaction);
        for (const scope of scopes) book.remove('default', scope, { name: 'ann', at: time.now });
      });
    },
    /** Whether workers would find an address suppressed. */
    isMirrored: async (address: string, sender = 'jane@acme.example') =>
      (await mirror.find('default', address as EmailAddress, sender as EmailAddress)) !== undefined,
    lines: () => logged.map((line) => JSON.parse(line) as { readonly event: string }),
  };
}

/** Puts entries into a database. */
export function addTo(
  database: HistoryDatabase,
  entries: readonly WantedSuppression[],
  at: number,
): void {
  database.write((transaction) => {
    const book = openSuppressionBook(transaction);
    for (const entry of entries) book.add(entry, 'added', { name: 'ann', at });
  });
}

/** All entries, oldest first. */
export function entriesOf({ orm }: HistoryDatabase) {
  return orm.select().from(suppression).orderBy(asc(suppression.id)).all();
}

/** The audit, oldest first: what was done and by whom. */
export function auditOf({ orm }: HistoryDatabase) {
  return orm
    .select({ action: suppressionAudit.action, actor: suppressionAudit.actor })
    .from(suppressionAudit)
    .orderBy(asc(suppressionAudit.id))
    .all();
}
