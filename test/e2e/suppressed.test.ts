import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHistory } from '../../src/history/index.ts';
import { createSuppressionMirror } from '../../src/queue/suppression-mirror.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { testKeyring } from '../support/world.ts';

const server = await startTestRedis();
const redis = new Redis(server.url, { maxRetriesPerRequest: null });
atEnd(() => redis.disconnect());

test('a send that was suppressed before it had a job stands in the history, with its reason', async () => {
  const { producer, keys, prefix, log } = await startSendWorld(server.url);
  await using history = await createHistory({
    redisUrl: server.url,
    prefix,
    databaseFile: join(temporaryFolder(), 'history.sqlite'),
    migrate: true,
    keyring: testKeyring,
  });
  const since = Date.UTC(2026, 10, 1);
  const scope = { kind: 'address', address: 'bob@dest.example' } as const;
  const mirror = createSuppressionMirror(redis, keys);
  await mirror.put([{ tenant: 'default', scope, reason: 'user_unknown', since }]);
  const { sends } = await producer.send({
    ...testMail,
    to: ['bob@dest.example', 'ann@dest.example'],
  });
  expect(sends[0]?.suppressed?.reason).toBe('user_unknown');
  await log.waitForState('accepted');
  await eventually(
    async () => {
      const totals = (await history.totals()).sends;
      return totals.suppressed === 1 && totals.accepted === 1;
    },
    { what: 'both sends in the history' },
  );
  const timeline = async (address: string) =>
    (await history.timeline({ tenant: 'default', address: addressOf(address) }))?.lines;
  expect(await timeline('bob@dest.example')).toMatchObject([
    { kind: 'send', state: 'suppressed', subject: testMail.subject },
  ]);
  expect(await timeline('ann@dest.example')).toMatchObject([{ state: 'accepted' }]);
});
