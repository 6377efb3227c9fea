import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../db/open.ts';
import { notice } from '../../db/sqlite/schema.ts';
import { createLiveClassifier } from '../../src/config/live-classifier.ts';
import { createHistory } from '../../src/history/index.ts';
import { createCopyParser } from '../../src/history/intake/copy-parser.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { atEnd } from '../support/leftovers.ts';
import { bounceOf, sentMail } from '../support/notices.ts';
import { parseThreadUrl } from '../support/parse-thread-url.ts';
import { startTestRedis } from '../support/redis.ts';
import { steppedClock } from '../support/stepped-clock.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { deliver, keyring, openMailHouse } from './intake/mail-house.ts';

const dovecot = await openMailHouse();
const redis = await startTestRedis();

const mill = {
  id: 'own.mill-closed',
  class: 'mailbox_inactive',
  why: 'Said of those who left.',
  phrases: ['windmill turns no more'],
  examples: ['550 5.7.1 The windmill turns no more for ever'],
};
const toBob = sentMail(keyring, 'offer', 'bob@client.example');
const millBounce = (number: number): Buffer =>
  bounceOf(toBob, {
    number,
    recipients: [{ status: '5.7.1', diagnostic: '550 5.7.1 The windmill turns no more' }],
  });

/** A file of rules that a live classifier watches, and what writes it. */
async function liveRules() {
  const rulesFile = join(temporaryFolder(), 'rules.json');
  const write = async (rules: readonly unknown[]): Promise<void> => {
    await writeFile(`${rulesFile}.new`, JSON.stringify(rules));
    await rename(`${rulesFile}.new`, rulesFile);
  };
  await write([]);
  const { clock, step } = steppedClock();
  const live = createLiveClassifier({ rules: [], rulesFile, clock, logger: silentLogger });
  atEnd(() => live.close());
  return {
    live,
    change: async (...rules: readonly unknown[]): Promise<void> => {
      await write(rules);
      await step();
    },
  };
}

test('a rule file that changes between two bounces changes the class of the second', async () => {
  const { live, change } = await liveRules();
  const databaseFile = join(temporaryFolder(), 'history.sqlite');
  await using _history = await createHistory({
    redisUrl: redis.url,
    prefix: 'rules',
    databaseFile,
    migrate: true,
    keyring,
    mailboxes: [{ ...dovecot.imap, role: 'notices', pollMs: 200, leaseMs: 300 }],
    bounceRules: () => live.rules,
    parserThreadUrl: parseThreadUrl,
  });
  await using database = openDatabase({ file: databaseFile });
  const rulesOf = async (count: number): Promise<readonly string[]> =>
    eventually(
      () => {
        const rows = database.orm.select({ rule: notice.rule }).from(notice).orderBy(notice.id);
        const rules = rows.all().map(({ rule }) => rule);
        return rules.length >= count && rules;
      },
      { what: `${count} notices` },
    );
  const deliverBounce = async (number: number): Promise<void> =>
    deliver(dovecot, 'dropbox@bounces.crm.example', millBounce(number));

  await deliverBounce(1);
  const [first] = await rulesOf(1);
  expect(first).not.toBe(mill.id);
  await change(mill);
  await deliverBounce(2);
  expect(await rulesOf(2)).toEqual([first, mill.id]);
});

test('the thread classifies by the rules that hold when a mail comes', async () => {
  const { live, change } = await liveRules();
  const parser = createCopyParser({ threadUrl: parseThreadUrl, bounceRules: () => live.rules });
  atEnd(() => parser.close());
  const classNow = async (): Promise<string | undefined> => {
    const result = await parser.parseNotice(millBounce(1));
    if (!result.ok) throw new Error(result.detail);
    return result.notice.results[0]?.class;
  };
  const ours = await classNow();
  expect(ours).not.toBe(mill.class);
  await change(mill);
  expect(await classNow()).toBe(mill.class);
  expect(await classNow()).toBe(mill.class);
  await change({ ...mill, class: 'virus' });
  // one that is read as the change comes, and the next: each by itself
  expect(await Promise.all([classNow(), classNow()])).toEqual(['virus', 'virus']);
  await change();
  expect(await classNow()).toBe(ours);
});
