import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { readBreakers } from '../../src/queue/breakers.ts';
import { readWaitNote } from '../../src/queue/wait-notes.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';
import { eventually } from '../support/wait-for.ts';

const server = await startTestRedis();
const redis = new Redis(server.url);
atEnd(() => redis.disconnect());

test('refusals as spam trip the breaker of their sender, which the log tells, and its next mail waits', async () => {
  const lines: string[] = [];
  const spamRefusals = { share: 0.5, countMin: 3, ofMin: 4 };
  const world = await startSendWorld(
    server.url,
    {
      answerTo: (line) =>
        /^RCPT.*spam/i.test(line)
          ? '550 5.7.1 Your message was rejected because it looks like spam'
          : undefined,
    },
    { breaker: { spamRefusals }, logger: createLogger({ write: (line) => lines.push(line) }) },
  );
  const send = async (...to: string[]) => (await world.producer.send({ ...testMail, to })).sends;
  await send('ann@dest.example');
  await send('spam1@dest.example', 'spam2@dest.example');
  await world.log.waitForState('rejected', 2);
  expect((await readBreakers(redis, world.keys)).tripped).toEqual([]);
  await send('spam3@dest.example');
  const { tripped } = await eventually(
    async () => {
      const found = await readBreakers(redis, world.keys);
      return found.tripped.length > 0 && found;
    },
    { what: 'it trips' },
  );
  expect(tripped).toMatchObject([
    { name: 'default/sender/jane@acme.example', cause: 'spam-refusals', count: 3, of: 4 },
  ]);
  for (const to of ['ann@dest.example', 'spam4@dest.example']) {
    const [held] = await send(to);
    await eventually(async () => held && readWaitNote(redis, world.keys, held.sendId), {
      what: `the mail to ${to} is put off`,
    });
  }
  expect(lines.filter((line) => line.includes('breaker-tripped'))).toHaveLength(1);
});
