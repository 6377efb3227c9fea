import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createHistory } from '../../../src/history/index.ts';
import { adviceOf } from '../../../src/bounces/class-policy.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { keyNames } from '../../../src/queue/key-names.ts';
import { createSendQueue } from '../../../src/queue/send-queue.ts';
import { readInstallationStatus } from '../../../src/queue/installation-status.ts';
import { createSuppressionMirror } from '../../../src/queue/suppression-mirror.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { outcome } from '../../support/history.ts';
import { atEnd } from '../../support/leftovers.ts';
import { connectTo } from '../../support/outcome-world.ts';
import { startTestRedis } from '../../support/redis.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { eventually } from '../../support/wait-for.ts';

test('a refusal in the stream suppresses for workers; a Redis that lost the list gets it back', async () => {
  const server = await startTestRedis();
  const redis = await connectTo(server, 'wait');
  const keys = keyNames('whole');
  const lines: { readonly event: string }[] = [];
  const history = await createHistory({
    redisUrl: server.url,
    prefix: 'whole',
    databaseFile: join(temporaryFolder(), 'history.db'),
    migrate: true,
    keyring: { current: 'k', keys: { k: Buffer.alloc(32, 7) } },
    dns: { zone: { example: { NS: ['ns.example'] } } },
    logger: createLogger({ write: (line) => lines.push(JSON.parse(line) as { event: string }) }),
  });
  atEnd(() => history.close());
  const mirror = createSuppressionMirror(redis, keys);
  const isMirrored = async (address: string) =>
    (await mirror.find('default', address as EmailAddress, 'jane@acme.example' as EmailAddress)) !==
    undefined;
  const event = outcome('m1', 'bob@gone.example', {
    result: 'rejected',
    state: 'rejected',
    at: Date.now(),
    reply: { code: 550, enhancedCode: '5.1.2', text: 'no such domain' },
    bounce: {
      class: 'domain_unknown',
      rule: 'code.5.1.2',
      suppression: adviceOf('domain_unknown', 5).suppression as { kind: 'now'; of: 'domain' },
    },
  });
  await redis.xadd(keys.outcomes, '*', 'event', JSON.stringify(event));
  await eventually(() => isMirrored('bob@gone.example'), { what: 'the address in the mirror' });
  await history.suppress.add([{ address: 'eve@client.example' }], { by: 'ann' });
  await eventually(() => isMirrored('eve@client.example'), { what: 'what was added by hand' });
  const queue = createSendQueue(redis, keys);
  atEnd(() => queue.close());
  const status = await readInstallationStatus(redis, keys, queue, Date.now());
  expect(status.suppression).toMatchObject({ count: 2, check: { checkedAt: expect.any(Number) } });

  // As after a crash that lost what was not on disk yet.
  await redis.del(keys.suppressed);
  await server.restart('SIGKILL');
  await eventually(() => isMirrored('eve@client.example'), { what: 'the list after the crash' });
  expect(await isMirrored('bob@gone.example')).toBe(true);
  await eventually(() => lines.some((line) => line.event === 'suppressions-rebuilt'), {
    what: 'the line that tells it',
  });
});
