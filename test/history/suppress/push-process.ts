/**
 * A process of its own that brings suppressions to the mirror, and kills itself in the middle.
 *
 * Arguments: Redis, key prefix, database file, when: `before` the n-th write to Redis, or `after` it,
 * before the database hears of it; n.
 */
import { Redis } from 'ioredis';
import { openDatabase } from '../../../db/open.ts';
import { pushSuppressions } from '../../../src/history/suppress/push-suppressions.ts';
import { keyNames } from '../../../src/queue/key-names.ts';
import {
  createSuppressionMirror,
  type MirroredSuppression,
} from '../../../src/queue/suppression-mirror.ts';

const [redisUrl = '', prefix = '', file = '', when = 'after', turn = '1'] = process.argv.slice(2);
const keys = keyNames(prefix);
const mirror = createSuppressionMirror(new Redis(redisUrl), keys);
let count = 0;
const dying =
  <Entries>(write: (entries: Entries) => Promise<void>) =>
  async (entries: Entries): Promise<void> => {
    count += 1;
    if (when === 'before' && count === Number(turn)) process.kill(process.pid, 'SIGKILL');
    await write(entries);
    if (when === 'after' && count === Number(turn)) process.kill(process.pid, 'SIGKILL');
  };
await pushSuppressions({
  database: openDatabase({ file }),
  mirror: {
    ...mirror,
    put: dying(async (entries: readonly MirroredSuppression[]) => mirror.put(entries)),
    remove: dying(async (entries: readonly Pick<MirroredSuppression, 'tenant' | 'scope'>[]) =>
      mirror.remove(entries),
    ),
  },
  mirrorName: keys.suppressed,
});
