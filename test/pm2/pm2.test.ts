import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../db/open.ts';
import { startRelay, type Relay } from '../../src/demo/relay.ts';
import { historyTotals } from '../../src/history/store/totals.ts';
import { createProducer, type Producer } from '../../src/producer/index.ts';
import { testZoneFile } from '../support/world.ts';
import { builtCommand, cloneRoot, requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { processRuns } from '../support/process-runs.ts';
import { startTestRedis } from '../support/redis.ts';
import { outputOf } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { startProcessManager, type ListedProcess } from './pm2-process-manager.ts';

const recipientsPerMessage = 50;
/** Enough work that every worker has transactions in hand at each moment. */
const backlog = 150;

/** Keeps the relay busy until it is told to stop; resolves with all recipients it enqueued. */
function startLoad(producer: Producer, relay: Relay) {
  const recipients: string[] = [];
  let stopped = false;
  const enqueue = async (): Promise<void> => {
    const first = recipients.length;
    const bcc = Array.from(
      { length: recipientsPerMessage },
      (_each, index) => `r${first + index}@dest.example`,
    );
    await producer.send({ from: 'jane@acme.example', bcc, subject: 'Hello', text: 'Hi' });
    recipients.push(...bcc);
  };
  const run = async (): Promise<void> => {
    while (!stopped) {
      await enqueue();
      const enough = recipients.length - backlog;
      await relay.waitFor((accepted) => accepted.length >= enough);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    async stop(): Promise<readonly string[]> {
      stopped = true;
      await running;
      return recipients;
    },
  };
}

/** Process ids that have logged an event. */
function pidsIn(log: string, event: string): ReadonlySet<number> {
  const lines = log.split('\n').filter((line) => line.includes(`"event":"${event}"`));
  return new Set(lines.map((line) => (JSON.parse(line) as { pid: number }).pid));
}

function pidsOf(processes: readonly ListedProcess[]): readonly number[] {
  return processes.map(({ pid }) => pid);
}

test('scaled and reloaded under load, pm2 loses no mail and sends none twice', async () => {
  await requireBuild();
  const redis = await startTestRedis();
  // Slow enough that many transactions are in hand whenever a process is told to stop.
  const relay = await startRelay({
    answer: async (stage) => {
      if (stage === 'data') await new Promise((resolve) => setTimeout(resolve, 100));
      return { kind: 'accept' };
    },
  });
  atEnd(() => relay.stop());
  const stateDirectory = temporaryFolder();
  const environment = {
    REDIS_URL: redis.url,
    ONBEHALF_DNS_ZONE: testZoneFile,
    ONBEHALF_RELAY_URL: `smtp://127.0.0.1:${relay.port}`,
    ONBEHALF_STATE_DIRECTORY: stateDirectory,
    ONBEHALF_WORKERS: '1',
    ONBEHALF_DRAIN_MS: '10000',
    ONBEHALF_LOCK_MS: '5000',
  };
  await outputOf(process.execPath, [builtCommand, 'migrate'], { cwd: cloneRoot, environment });
  const pm2 = await startProcessManager(environment);
  const producer = createProducer({ redisUrl: redis.url });
  atEnd(() => producer.close());

  await pm2.run('start', 'ecosystem.config.js');
  const [first, ...none] = await pm2.list('onbehalf-worker');
  expect([first?.pm2_env.status, none]).toEqual(['online', []]);
  // pm2 came back only after the processes had said that they are ready.
  expect([...pidsIn(pm2.log('onbehalf-worker'), 'worker-ready')]).toEqual([first?.pid]);
  const [history] = await pm2.list('onbehalf-history');
  expect([...pidsIn(pm2.log('onbehalf-history'), 'history-ready')]).toEqual([history?.pid]);

  const load = startLoad(producer, relay);
  await relay.waitFor((accepted) => accepted.length >= 50);
  await pm2.run('scale', 'onbehalf-worker', '3');
  const three = await pm2.list('onbehalf-worker');
  expect(three.map(({ pm2_env }) => pm2_env.status)).toEqual(['online', 'online', 'online']);
  await eventually(
    () => {
      const working = pidsIn(pm2.log('onbehalf-worker'), 'attempt-recorded');
      return pidsOf(three).every((pid) => working.has(pid));
    },
    { what: 'work done by each of three workers' },
  );

  await pm2.run('reload', 'ecosystem.config.js');
  const reloaded = await pm2.list('onbehalf-worker');
  expect(reloaded.map(({ pm2_env }) => pm2_env.status)).toEqual(['online', 'online', 'online']);
  expect(pidsOf(three).filter(processRuns)).toEqual([]);
  expect(processRuns(history?.pid ?? 0)).toBe(false);
  // Each drained and ended by itself; nobody was killed.
  const ended = pidsIn(pm2.log('onbehalf-worker'), 'worker-closed');
  expect(pidsOf(three).filter((pid) => !ended.has(pid))).toEqual([]);

  await pm2.run('reload', 'onbehalf-worker', '--parallel', '1');
  expect(pidsOf(reloaded).filter(processRuns)).toEqual([]);
  await pm2.run('scale', 'onbehalf-worker', '4');
  const four = await pm2.list('onbehalf-worker');
  await eventually(
    () => {
      const working = pidsIn(pm2.log('onbehalf-worker'), 'attempt-recorded');
      return pidsOf(four).every((pid) => working.has(pid));
    },
    { what: 'work done by each of four workers' },
  );
  await pm2.run('scale', 'onbehalf-worker', '2');
  const two = await pm2.list('onbehalf-worker');
  expect(two).toHaveLength(2);
  const gone = pidsOf(four).filter((pid) => !pidsOf(two).includes(pid));
  expect(gone.filter(processRuns)).toEqual([]);
  const closed = pidsIn(pm2.log('onbehalf-worker'), 'worker-closed');
  expect(gone.filter((pid) => !closed.has(pid))).toEqual([]);

  const recipients = await load.stop();
  expect(recipients.length).toBeGreaterThan(500);
  await relay.waitFor((accepted) => accepted.length >= recipients.length);
  const database = openDatabase({ file: join(stateDirectory, 'history.sqlite') });
  atEnd(() => database.close());
  await eventually(
    async () => (await historyTotals(database)).entries.accepted >= recipients.length,
    { what: 'an entry for every send', timeoutMs: 20_000 },
  );
  await pm2.end();

  const sent = relay.accepted.flatMap(({ rcptTo }) => rcptTo);
  expect([...sent].sort()).toEqual([...recipients].sort());
  const { sends, entries, attempts } = await historyTotals(database);
  const count = recipients.length;
  expect(sends).toMatchObject({ accepted: count, waiting: 0, held: 0, rejected: 0, expired: 0 });
  expect(entries).toMatchObject({ accepted: count, held: 0, rejected: 0 });
  expect(attempts).toMatchObject({ accepted: count, uncertain: 0, deferred: 0, rejected: 0 });
  process.stderr.write(`pm2: ${count} sends through 1, 3, 3 reloaded twice, 4 and 2 workers\n`);
}, 120_000);
