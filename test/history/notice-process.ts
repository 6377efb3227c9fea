/**
 * A history process for the crash test of notices: makes passes over the mailbox until one finds it
 * empty, tells the workers what is due, and exits with code 0. Kills itself, as `kill -9` would, at
 * the step given: the steps counted are before and after each commit, move, and write to Redis.
 *
 * Arguments: database file, IMAP port, IMAP password, Redis, step.
 */
import { Redis } from 'ioredis';
import { openDatabase } from '../../db/open.ts';
import { createRecipientProviders } from '../../src/domains/recipient-providers.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { bindIntakeStore } from '../../src/history/intake/bind-intake-store.ts';
import { createMailboxConsumer } from '../../src/history/intake/consume-mailbox.ts';
import { createCopyParser } from '../../src/history/intake/copy-parser.ts';
import { createImapMailbox } from '../../src/history/intake/imap-mailbox.ts';
import { tellFeedback } from '../../src/history/tell-feedback.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { createPolicyRefusals } from '../../src/queue/policy-refusals.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';

const [file = '', port = '', password = '', redisUrl = '', killAtStep = ''] = process.argv.slice(2);

let steps = 0;
const step = (): void => {
  steps += 1;
  if (steps === Number(killAtStep)) process.kill(process.pid, 'SIGKILL');
};
const between = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  step();
  const result = await work();
  step();
  return result;
};

const database = openDatabase({ file });
const redis = new Redis(redisUrl);
const keys = keyNames();
const store = bindIntakeStore(database, systemClock);
const box = { host: '127.0.0.1', port: Number(port), user: 'dropbox', password };
const mailbox = createImapMailbox(box);
const parser = createCopyParser({ threadUrl: parseThreadUrl });
const consumer = createMailboxConsumer({
  parser,
  mailbox: {
    ...mailbox,
    async open(signal) {
      const session = await mailbox.open(signal);
      return { ...session, move: (uids, target) => between(() => session.move(uids, target)) };
    },
  },
  store: {
    ...store,
    recordIntake: (records, lease) => between(() => store.recordIntake(records, lease)),
  },
  keyring: { current: 'a', keys: { a: Buffer.alloc(32, 7) } },
  // the same name each time, so that the next process need not wait for the lease to expire
  holder: 'history',
  clock: systemClock,
  logger: silentLogger,
  random: Math.random,
});

let seen = 1;
while (seen > 0) ({ seen } = await consumer.round());
const limits = createLimitState(redis, keys);
await tellFeedback({
  database,
  limits: {
    slowDownLater: (...args) => between(() => limits.slowDownLater(...args)),
  },
  policyRefusals: createPolicyRefusals(redis, keys),
  providers: createRecipientProviders({ resolver: createZoneResolver({}), clock: systemClock }),
  count: async () => undefined,
  clock: systemClock,
  logger: silentLogger,
});
await parser.close();
redis.disconnect();
await database.close();
