import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { notice } from '../../db/sqlite/schema.ts';
import { recordOutcomes } from '../../src/history/store/record-outcomes.ts';
import { historyTotals } from '../../src/history/store/totals.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { slowKeys } from '../../src/queue/slow-keys.ts';
import { contentTo, mailbox, outcome } from '../support/history.ts';
import { atEnd } from '../support/leftovers.ts';
import { bounceOf, sentMail } from '../support/notices.ts';
import { startTestRedis } from '../support/redis.ts';
import { seededRandom } from '../support/seed.ts';
import {
  deliver,
  folderCounts,
  intakeRows,
  keyring,
  openHistory,
  openMailHouse,
} from './intake/mail-house.ts';

const dovecot = await openMailHouse();
const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());
const loader = new URL('../support/typescript-loader.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('./notice-process.ts', import.meta.url));

async function runProcess(file: string, killAtStep: number): Promise<NodeJS.Signals | number> {
  const { port, password } = dovecot.imap;
  const args = ['--import', loader, program, file, String(port), password, url, String(killAtStep)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'close')) as [number, NodeJS.Signals | null];
  return signal ?? code;
}

const limited = {
  action: 'delayed',
  status: '4.7.28',
  diagnostic: '421 4.7.28 Unusual rate of mail from your host',
};

test('a process killed at any step files each notice once, and tells the workers all the same', async () => {
  const random = seededRandom();
  const database = await openHistory();
  const mails: Buffer[] = [];
  const routes: string[] = [];
  let waiting = 0;
  let delivered = 0;
  const put = async (raw: Buffer): Promise<void> => {
    delivered += 1;
    await deliver(dovecot, 'dropbox@bounces.crm.example', raw);
  };
  /** A mail over a route of its own whose relay reports a slow-down, and some bounces. */
  const prepare = async (round: number): Promise<void> => {
    routes.push(`relay-${round}`);
    for (let number = 0; number < 3; number += 1) {
      const key = `m${round}-${number}`;
      const recipient = `bob${number}@gmail.com`;
      const route = `relay-${round}`;
      const event = outcome(key, recipient, { route, at: Date.now() - 1_000 });
      // Some notices come before their sends.
      const comesFirst = number === 2 && random.integer(2) === 0;
      if (comesFirst) waiting += 1;
      else {
        const content = contentTo(mailbox(recipient));
        await recordOutcomes(database, [{ event, content }], Date.now());
      }
      const raw = bounceOf(sentMail(keyring, key, recipient), {
        recipients: [number === 0 ? limited : {}],
      });
      mails.push(raw);
      await put(raw);
      if (random.integer(4) === 0) await put(raw);
    }
  };
  // Commit, move, write to Redis: before and after each.
  const steps = [1, 2, 3, 4, 5, 6].sort(() => random.next() - 0.5);
  for (const [round, killAtStep] of steps.entries()) {
    await prepare(round);
    expect(await runProcess(database.file, killAtStep)).toBe('SIGKILL');
  }
  expect(await runProcess(database.file, 0)).toBe(0);

  const rows = intakeRows(database);
  expect(rows).toHaveLength(delivered);
  expect(rows.filter((row) => row.state === 'done')).toHaveLength(mails.length);
  expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: delivered, Failed: 0 });
  const totals = await historyTotals(database);
  expect(totals.entries.bounced + totals.entries.delayed).toBe(mails.length - waiting);
  expect(totals.notices).toMatchObject({ feedbackDue: 0, waiting: { count: waiting } });
  const told = database.orm.select().from(notice).all();
  expect(told.filter((row) => row.feedback === 'told')).toHaveLength(routes.length);
  const { slowed } = await createLimitState(redis, keyNames()).read();
  const wanted = routes.map(
    (route) => slowKeys({ route, provider: 'gmail', domain: '', sender: '' }).provider,
  );
  expect([...slowed.keys()].toSorted()).toEqual(wanted.toSorted());
  expect([...slowed.values()].map(({ strikes }) => strikes)).toEqual(routes.map(() => 0));
}, 120_000);
