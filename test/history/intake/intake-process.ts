/**
 * A history process for the crash test: makes passes over the mailbox until one finds it empty,
 * then exits with code 0. Kills itself, as `kill -9` would, at the step given: the steps counted
 * are fetching bytes, and before and after each commit, move and note of a move.
 */
import { openDatabase } from '../../../db/open.ts';
import { bindIntakeStore } from '../../../src/history/intake/bind-intake-store.ts';
import { createMailboxConsumer } from '../../../src/history/intake/consume-mailbox.ts';
import { createCopyParser } from '../../../src/history/intake/copy-parser.ts';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

const [file = '', port = '', password = '', killAtStep = ''] = process.argv.slice(2);

let steps = 0;
const step = (): void => {
  steps += 1;
  if (steps === Number(killAtStep)) process.kill(process.pid, 'SIGKILL');
};
const between = async <Result>(work: Promise<Result>): Promise<Result> => {
  step();
  const result = await work;
  step();
  return result;
};

const database = openDatabase({ file });
const store = bindIntakeStore(database, systemClock);
const mailbox = createImapMailbox({
  host: '127.0.0.1',
  port: Number(port),
  user: 'dropbox',
  password,
});
const parser = createCopyParser({
  threadUrl: new URL('../../support/parse-thread.mjs', import.meta.url),
});
const consumer = createMailboxConsumer({
  parser,
  mailbox: {
    ...mailbox,
    async open(signal) {
      const session = await mailbox.open(signal);
      return {
        ...session,
        async fetchBytes(mails, maxBytes) {
          step();
          return session.fetchBytes(mails.slice(), maxBytes);
        },
        move: (uids, target) => between(session.move(uids, target)),
      };
    },
  },
  store: {
    ...store,
    recordIntake: (records, lease) => between(store.recordIntake(records, lease)),
    markMoved: (epoch, uids) => between(store.markMoved(epoch, uids)),
  },
  addressing: { prefix: 'dropbox', domain: 'in.crm.example' },
  keyring: { current: 'a', keys: { a: Buffer.alloc(32, 7) } },
  // the same name each time, so that the next process need not wait for the lease to expire
  holder: 'history',
  clock: systemClock,
  logger: silentLogger,
  random: Math.random,
});

let seen = 1;
while (seen > 0) ({ seen } = await consumer.round());
await parser.close();
await database.close();
