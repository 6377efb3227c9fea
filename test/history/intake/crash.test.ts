import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { historyTotals } from '../../../src/history/store/totals.ts';
import { seededRandom } from '../../support/seed.ts';
import {
  deliver,
  folderCounts,
  intakeRows,
  mailOf,
  openHistory,
  openMailHouse,
  register,
} from './mail-house.ts';

const dovecot = await openMailHouse();
const loader = new URL('../../support/typescript-loader.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('./intake-process.ts', import.meta.url));

async function runProcess(file: string, killAtStep: number): Promise<NodeJS.Signals | number> {
  const { port, password } = dovecot.imap;
  const args = ['--import', loader, program, file, String(port), password, String(killAtStep)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'close')) as [number, NodeJS.Signals | null];
  return signal ?? code;
}

test('a process killed at any step, again and again, files each mail exactly once', async () => {
  const random = seededRandom();
  const database = await openHistory();
  const dropbox = await register(database);
  const raws: Buffer[] = [];
  const deliverSome = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) {
      const again = raws.length > 5 && random.integer(8) === 0;
      const raw = again ? random.pick(raws) : mailOf({ subject: `mail ${raws.length}` });
      if (!again) raws.push(raw);
      await deliver(dovecot, dropbox, raw);
    }
  };
  let delivered = 0;
  let kills = 0;
  // every step of a batch once, in a random order, then any one
  const steps = [1, 2, 3, 4, 5, 6, 7].sort(() => random.next() - 0.5);
  for (const killAtStep of [...steps, 1 + random.integer(14)]) {
    const [before, meanwhile] = [3 + random.integer(8), random.integer(8)];
    delivered += before + meanwhile;
    await deliverSome(before);
    // mail goes on arriving while the process works
    const [end] = await Promise.all([
      runProcess(database.file, killAtStep),
      deliverSome(meanwhile),
    ]);
    expect(['SIGKILL', 0]).toContain(end);
    if (end === 'SIGKILL') kills += 1;
  }
  expect(await runProcess(database.file, 0)).toBe(0);
  expect(kills).toBeGreaterThanOrEqual(steps.length);

  const rows = intakeRows(database);
  expect(rows).toHaveLength(delivered);
  expect(rows.filter((row) => row.state === 'done')).toHaveLength(raws.length);
  expect(rows.filter((row) => row.state === 'duplicate')).toHaveLength(delivered - raws.length);
  expect(rows.filter((row) => !row.moved)).toEqual([]);
  expect((await historyTotals(database)).entries.copy).toBe(raws.length);
  expect(await folderCounts(dovecot)).toEqual({ INBOX: 0, Processed: delivered, Failed: 0 });
}, 120_000);
