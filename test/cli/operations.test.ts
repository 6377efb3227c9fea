import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { openDatabase } from '../../db/open.ts';
import { recordOutcomes } from '../../src/history/store/record-outcomes.ts';
import { createFrozenFactsStore } from '../../src/queue/frozen-facts.ts';
import { createHeldSends } from '../../src/queue/held.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLedger } from '../../src/queue/ledger.ts';
import { createSendQueue } from '../../src/queue/send-queue.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { writeWaitNote } from '../../src/queue/wait-notes.ts';
import { listWorkers, startHeartbeat } from '../../src/queue/worker-registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';
import { sampleEvent, sampleJob } from '../queue/sample-send.ts';
import { jsonLines, onbehalf } from './run-onbehalf.ts';

let server: TestRedis;
let redis: Redis;
const prefix = 'ops';
const keys = keyNames(prefix);
const cwd = temporaryFolder();
const now = Date.now();

beforeAll(async () => {
  await requireBuild();
  server = await startTestRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  atEnd(() => redis.disconnect());
});

const run = async (...args: string[]) =>
  onbehalf(args, { cwd, environment: { REDIS_URL: server.url, ONBEHALF_REDIS_PREFIX: prefix } });
const json = async (...args: string[]) => {
  const end = await run(...args, '--json');
  return { exitCode: end.exitCode, lines: jsonLines(end.stdout) };
};
const parts = () => {
  const ledger = createLedger(redis, keys);
  const queue = createSendQueue(redis, keys);
  atEnd(() => queue.close());
  return { ledger, queue, held: createHeldSends({ redis, keys, ledger, queue, now: Date.now }) };
};
const bounce = { class: 'greylisted', rule: 'greylist.words' } as const;
const told = { ...bounce, meaning: expect.stringMatching(/^The .*\.$/) };
const said = 'greylisted \u001b[2Jfor \u202enow\u2069';
const refusal = { code: 451, enhancedCode: '4.7.1', text: said };

describe('why', () => {
  test('a send that waits after an attempt: what was answered, until when, nothing for the terminal', async () => {
    const { ledger, queue } = parts();
    const job = sampleJob({ sendAt: now + 60_000, expiresAt: now + 7_200_000 });
    await queue.addAll([job], now);
    const { lines: scheduled } = await json('why', job.sendId);
    expect(scheduled).toMatchObject([
      { state: 'waiting', hindrance: { kind: 'scheduled', until: now + 60_000 }, attempts: [] },
    ]);
    const nextAt = now + 60_000;
    const event = sampleEvent(job, 1, {
      state: 'waiting',
      result: 'deferred',
      nextAt,
      reply: refusal,
      bounce,
      route: 'main',
      mode: 'on-behalf',
      modeRow: 4,
      tookMs: 812,
    });
    await ledger.record(job, event);
    const { lines } = await json('why', job.sendId);
    expect(lines).toMatchObject([
      {
        state: 'waiting',
        hindrance: { kind: 'backoff', until: nextAt },
        recipient: job.recipient,
        mode: 'on-behalf',
        modeRow: 4,
        attempts: [
          { attempt: 1, result: 'deferred', reply: refusal, bounce: told, nextAt, tookMs: 812 },
        ],
        // Greylisting: 5 min after the second attempt, then 15 and 30.
        next: {
          rule: expect.stringMatching(/^greylisted: a 5xx as well; fast: /),
          at: [0, 5, 20, 50, 110].map((minutes) => nextAt + minutes * 60_000),
          isCut: false,
        },
      },
    ]);
    await writeWaitNote(redis, keys, job.sendId, {
      cause: 'limit',
      text: '50 per second to gmail over main',
      until: now + 90_000,
    });
    const text = (await run('why', job.sendId)).stdout;
    expect(text).toContain('limit: 50 per second to gmail over main, until');
    expect(text).toContain('451 4.7.1 greylisted');
    expect(text).toMatch(/\n {3}greylisted: The .*\. \(rule greylist\.words\)\n/);
    expect(text).toMatch(/1\. .* deferred over main after 812 ms/);
    expect(text).toMatch(
      /Retry {4}greylisted: a 5xx as well; fast: .*\nNext {5}\d{4}-.*; then it expires\n/,
    );
    const { stdout } = await run('why', job.sendId, '--schedule');
    expect(stdout).toContain('\nmailbox_full: a 5xx as well; slow: 1 h');
    expect(text).not.toMatch(/[\u001b\u202e\u2069]/);
  });

  test('a send that ended: what the history has', async () => {
    const { ledger } = parts();
    const job = sampleJob();
    const event = sampleEvent(job, 1, {
      reply: { code: 250, text: 'ok' },
      mode: 'aligned',
      tookMs: 33,
    });
    await ledger.record(job, event);
    expect((await json('why', job.sendId)).lines).toMatchObject([
      { state: 'accepted', hindrance: { kind: 'ended' }, attempts: [] },
    ]);
    const file = join(cwd, '.onbehalf', 'history.sqlite');
    await createFrozenFactsStore(redis, keys).freeze(job, {
      v: 1,
      mode: 'aligned',
      modeRow: 3,
      why: 'a test',
      dateMs: now,
      selector: 's1',
      returnPathHost: 'bounce.crm.example',
      tokenKeyId: 'a',
    });
    expect((await run('migrate')).exitCode).toBe(0);
    const database = openDatabase({ file });
    await recordOutcomes(database, [{ event }], now);
    await database.close();
    expect((await json('why', job.sendId)).lines).toMatchObject([
      {
        state: 'accepted',
        mode: 'aligned',
        modeWhy: 'a test',
        attempts: [
          { attempt: 1, result: 'accepted', reply: { code: 250, text: 'ok' }, tookMs: 33 },
        ],
      },
    ]);
  });

  test('refuses what is no id, and says when nothing is known', async () => {
    expect((await run('why', 'x')).exitCode).toBe(2);
    const nobody = await json('why', sampleJob().sendId);
    expect(nobody).toMatchObject({ exitCode: 1, lines: [{ error: { code: 'SEND_UNKNOWN' } }] });
  });
});

test('held: list, show, release, drop', async () => {
  const { ledger, queue } = parts();
  const jobs = [sampleJob(), sampleJob()] as const;
  for (const job of jobs) {
    const reason = 'CONTENT_MISSING';
    await ledger.record(job, sampleEvent(job, 1, { state: 'held', result: 'uncertain', reason }));
  }
  const listed = await json('held', 'list');
  expect(listed.lines).toHaveLength(2);
  expect(listed.lines[0]).toMatchObject({
    reason: 'CONTENT_MISSING',
    recipient: jobs[0].recipient,
  });
  expect((await run('held', 'show', jobs[0].sendId)).stdout).toContain('CONTENT_MISSING');
  expect((await json('why', jobs[0].sendId)).lines).toMatchObject([
    { state: 'held', hindrance: { kind: 'held', reason: 'CONTENT_MISSING' } },
  ]);
  const before = (await queue.counts())['waiting'] ?? 0;
  expect(await json('held', 'release', jobs[0].sendId)).toMatchObject({
    exitCode: 0,
    lines: [{ kind: 'released' }],
  });
  expect((await queue.counts())['waiting']).toBe(before + 1);
  expect(await json('held', 'drop', '--all')).toMatchObject({
    exitCode: 0,
    lines: [{ sendId: jobs[1].sendId, kind: 'dropped' }],
  });
  expect(await json('held', 'drop', jobs[1].sendId)).toMatchObject({ exitCode: 1 });
  expect((await run('held', 'list')).stdout).toBe('Nothing is held.\n');
});

test('cancel says whether it still could', async () => {
  const { ledger, queue } = parts();
  const job = sampleJob({ sendAt: now + 600_000, expiresAt: now + 900_000 });
  await queue.addAll([job], now);
  expect(await json('cancel', job.sendId)).toMatchObject({
    exitCode: 0,
    lines: [{ kind: 'cancelled', attempts: 0, mayHaveArrived: false }],
  });
  const gone = sampleJob();
  await ledger.record(gone, sampleEvent(gone, 1));
  const late = await run('cancel', gone.sendId);
  expect([late.exitCode, late.stdout]).toEqual([1, 'Too late: it is accepted already.\n']);
  expect((await json('cancel', sampleJob().sendId)).lines).toMatchObject([
    { error: { code: 'SEND_UNKNOWN' } },
  ]);
});

test('status shows what waits, who works, and what it takes', async () => {
  const end = await json('status');
  expect(end).toMatchObject({
    exitCode: 0,
    lines: [
      {
        queue: { active: 0, failed: 0, paused: false },
        held: 0,
        workers: [],
        rate: 0,
        redis: { usedBytes: expect.any(Number) },
      },
    ],
  });
  expect((await run('status')).stdout).toMatch(/Workers {2}none alive/);
});

test('status puts together what workers see of routes and providers, and what is slowed or set', async () => {
  const health = { since: 1, inHand: 2, workedCount: 10, failedCount: 1 };
  const main = { route: 'main', ...health };
  const out = { ...main, state: 'open', reason: 'ECONN\u001b[31mREFUSED', until: 2 } as const;
  const gmail = {
    provider: 'gmail',
    overMs: 60_000,
    answeredCount: 120,
    deferredCount: 30,
  } as const;
  const notes = [
    { routes: [{ ...main, state: 'closed' } as const], providers: [gmail] },
    { routes: [out], providers: [{ ...gmail, answeredCount: 60, deferredCount: 0 }] },
  ];
  const workers = notes.map((note, index) =>
    startHeartbeat({
      redis,
      keys,
      clock: systemClock,
      logger: silentLogger,
      worker: { id: `w${index}`, pid: index, host: 'a' },
      note: () => ({ inHand: 0, concurrency: 8, ended: {}, ...note }),
    }),
  );
  atEnd(async () => Promise.all(workers.map(async (worker) => worker.stop())));
  await eventually(async () => (await listWorkers(redis, keys)).length === 2, {
    what: 'both workers are listed',
  });
  const state = createLimitState(redis, keys);
  await state.slowDown('provider/main/gmail', { pauseMs: 300_000, stepMs: 1_000, stepCount: 3 });
  await state.override('main.starter', { windows: [{ sendsMax: 5, perMs: 1_000 }] });
  const { lines } = await json('status');
  expect(lines).toMatchObject([
    {
      routes: [
        {
          route: 'main',
          workers: { closed: 1, open: 1, 'half-open': 0 },
          inHand: 4,
          workedCount: 20,
          failedCount: 2,
        },
      ],
      providers: [
        { provider: 'gmail', rate: 3, answeredCount: 180, deferredCount: 30, deferredShare: 0.167 },
      ],
      slowed: [{ key: 'provider/main/gmail', openMax: 0, stepCount: 3 }],
      overrides: [{ name: 'main.starter', windows: [{ sendsMax: 5, perMs: 1_000 }] }],
    },
  ]);
  const text = (await run('status')).stdout;
  expect(text).toContain('main  out of order for 1 of 2, 4 in hand, 20 worked, 2 failed');
  expect(text).toContain('gmail      3/s, 17 % deferred');
  expect(text).toMatch(/provider\/main\/gmail {2}stands still until /);
  expect(text).toContain('main.starter  5 per 1 s');
  expect(text).not.toContain('\u001b');
  await state.endSlowDown('provider/main/gmail');
  await state.override('main.starter', undefined);
  await Promise.all(workers.map(async (worker) => worker.stop()));
});

test('a worker that stands still says why, and so do the sends that are due', async () => {
  const { queue } = parts();
  const job = sampleJob({ sendAt: now, expiresAt: now + 900_000 });
  await queue.addAll([job], now);
  const reason = 'no route takes mail now (main: \u001b[2JECONNREFUSED)';
  const standsStill = { cause: 'routes', reason, since: now, until: now + 60_000 } as const;
  const worker = startHeartbeat({
    redis,
    keys,
    clock: systemClock,
    logger: silentLogger,
    worker: { id: 'still', pid: 77, host: 'a' },
    note: () => ({ inHand: 0, concurrency: 8, ended: {}, standsStill }),
  });
  atEnd(() => worker.stop());
  await eventually(async () => (await listWorkers(redis, keys)).length === 1, {
    what: 'the worker is listed',
  });
  expect((await json('status')).lines).toMatchObject([{ workers: [{ pid: 77, standsStill }] }]);
  const text = (await run('status')).stdout;
  expect(text).toMatch(/takes no jobs for \d+ s: no route takes mail now \(main:  \[2JECONN/);
  expect((await json('why', job.sendId)).lines).toMatchObject([
    { hindrance: { kind: 'workers-stand-still', reason, until: now + 60_000 } },
  ]);
  expect((await run('why', job.sendId)).stdout).toContain('workers take no jobs until');
  await worker.stop();
});
