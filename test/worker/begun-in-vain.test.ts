import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSendWorld, testMail } from '../support/send-world.ts';

const redis = await startTestRedis();

test('an attempt that was begun and lost its connection, and the next one too, is not uncertain', async () => {
  let mails = 0;
  /** Redis stands still from the MAIL of the second mail until its connection is known to be lost. */
  const loseWhileBeginning = async (): Promise<void> => {
    for (let turns = 0; turns < 50; turns += 1) await turn();
    process.kill(redis.pid, 'SIGCONT');
  };
  const { relay, log, producer } = await startSendWorld(
    redis.url,
    {
      script: (connection) => {
        if (connection === 1) return { closeAfter: 'data', fromMessage: 2 };
        return connection === 2 ? { replies: { greeting: '421 4.3.2 Too busy' } } : {};
      },
      onCommand(_, line) {
        if (!line.startsWith('MAIL')) return;
        mails += 1;
        if (mails === 2) process.kill(redis.pid, 'SIGSTOP');
      },
      onBody(_, moment) {
        if (mails === 2 && moment === 'granted') void loseWhileBeginning();
      },
    },
    { retry: { baseMs: 10, capMs: 10, jitter: 0 } },
    { connectionsMax: 1 },
  );
  await producer.send(testMail);
  await log.waitForState('accepted');
  const { sends } = await producer.send({ ...testMail, to: 'ann@dest.example' });
  await relay.waitFor(({ received }) => received.length === 2);
  await log.waitForState('accepted', 2);
  const second = log.events.filter(({ sendId }) => sendId === sends[0]?.sendId);
  expect(second.map(({ attempt, result }) => [attempt, result])).toEqual([
    [1, 'deferred'],
    [2, 'accepted'],
  ]);
  expect(second[0]?.reason).toContain('Too busy');
});
