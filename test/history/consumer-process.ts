/**
 * A process of its own that moves outcome events into a history, and kills itself the moment it
 * should acknowledge its n-th batch: after the commit, before Redis hears of it.
 *
 * Arguments: Redis, key prefix, database file, n.
 */
import { Redis } from 'ioredis';
import { openDatabase } from '../../db/open.ts';
import { createOutcomeConsumer } from '../../src/history/outcome-consumer.ts';
import { createContentStore } from '../../src/queue/content-store.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { openOutcomeReader } from '../../src/queue/outcome-stream.ts';

const [redisUrl = '', prefix = '', file = '', lastBatch = '1'] = process.argv.slice(2);
const redis = new Redis(redisUrl);
const keys = keyNames(prefix);
const reader = await openOutcomeReader({ redis, keys, group: 'history' });
let batches = 0;
const consumer = createOutcomeConsumer({
  reader: {
    ...reader,
    async acknowledge(entryIds) {
      batches += 1;
      if (batches === Number(lastBatch)) process.kill(process.pid, 'SIGKILL');
      await reader.acknowledge(entryIds);
    },
  },
  contents: createContentStore({ redis, keys }),
  database: openDatabase({ file }),
  batchMax: 50,
});
await consumer.run(new AbortController().signal);
