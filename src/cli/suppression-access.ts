import { userInfo } from 'node:os';
import { migrateDatabase } from '../../db/migrate.ts';
import { openDatabase, type HistoryDatabase } from '../../db/open.ts';
import type { Config } from '../config/config.ts';
import { pushSuppressions } from '../history/suppress/push-suppressions.ts';
import { openSuppressions, type Suppressions } from '../history/suppress/suppressions.ts';
import { keyNames } from '../queue/key-names.ts';
import { openRedis } from '../queue/redis-connection.ts';
import { createSuppressionMirror } from '../queue/suppression-mirror.ts';
import { systemClock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import { openHistoryToRead, redisUrlOf } from './context.ts';
import type { Terminal } from './terminal.ts';

/** The suppression list for a verb. */
export interface SuppressionAccess extends AsyncDisposable {
  readonly list: Suppressions;
  /**
   * Brings what was changed to the workers at once.
   *
   * @returns false where Redis cannot be reached, which is said: the history process does it later
   */
  tellWorkers(terminal: Terminal): Promise<boolean>;
}

/** Opens the list of the history database; only to `change` it, a database is made where none is. */
export async function openSuppressionList(
  config: Config,
  purpose: 'read' | 'change',
): Promise<SuppressionAccess> {
  const database =
    purpose === 'read' ? await openHistoryToRead(config) : await openToChange(config);
  return {
    list: openSuppressions(database, () => systemClock.now()),
    async tellWorkers(terminal) {
      try {
        await push(config, database);
        return true;
      } catch (error) {
        terminal.note(
          `Workers do not know yet: ${messageOf(error)}. The history process will tell them.`,
        );
        return false;
      }
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}

/** Who runs the verb, where `--by` does not tell. */
export function whoRuns(by: string | undefined): string {
  if (by !== undefined) return by;
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

async function openToChange(config: Config): Promise<HistoryDatabase> {
  const database = openDatabase({ file: config.database.file });
  try {
    await migrateDatabase(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function push(config: Config, database: HistoryDatabase): Promise<void> {
  const redis = await openRedis({ url: await redisUrlOf(config), whileAway: 'fail' });
  try {
    const keys = keyNames(config.redis.prefix);
    const mirror = createSuppressionMirror(redis, keys);
    await pushSuppressions({ database, mirror, mirrorName: keys.suppressed });
  } finally {
    redis.disconnect();
  }
}
