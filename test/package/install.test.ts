import { beforeAll, expect, test } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { keyNames } from '../../src/queue/key-names.ts';
import { cloneRoot } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { outputOf, runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { installInto, packInto } from './packed.ts';

let project: string;

beforeAll(async () => {
  const folder = temporaryFolder();
  const { tarball } = await packInto(folder);
  project = await installInto(folder, tarball);
  writeFileSync(join(project, 'record-loads.mjs'), recorder);
}, 120_000);

/** Lets a program tell from which packages any module was loaded so far. */
const recorder = `
import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Hooks run in a thread of their own, which loads this same file.
const record = process.env.LOADS_FILE;
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  appendFileSync(record, url + '\\n');
  return nextLoad(url, context);
}

/** ES modules are told by the hook, CommonJS modules by their cache, native ones by the process. */
export function loadedPackages() {
  const imported = readFileSync(record, 'utf8').split('\\n');
  const required = Object.keys(createRequire(import.meta.url).cache);
  const native = process.report.getReport().sharedObjects;
  const names = [...imported, ...required, ...native].flatMap((place) => {
    const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(place)?.[1];
    return name === undefined ? [] : [name];
  });
  return [...new Set(names)].sort();
}
`;

async function packagesLoadedBy(door: string): Promise<readonly string[]> {
  const program = `
    await import(${JSON.stringify(door)});
    const { loadedPackages } = await import('./record-loads.mjs');
    console.log(JSON.stringify(loadedPackages()));`;
  const args = ['--import', './record-loads.mjs', '--input-type=module', '--eval', program];
  const environment = { LOADS_FILE: join(project, `loads-of-${door.replace('/', '-')}`) };
  const output = await outputOf(process.execPath, args, { cwd: project, environment });
  return JSON.parse(output) as string[];
}

test('a mail enqueued from a foreign project is a job in Redis', async () => {
  const redis = await startTestRedis();
  writeFileSync(
    join(project, 'send.js'),
    `import { createProducer } from 'onbehalf/producer';
     const producer = createProducer({ redisUrl: process.env.MY_REDIS });
     console.log(JSON.stringify(await producer.send({
       from: 'Jane Doe <jane@acme.example>', to: 'bob@dest.example', subject: 'Hi', text: 'Hello',
     })));
     await producer.close();`,
  );
  const output = await outputOf(process.execPath, ['send.js'], {
    cwd: project,
    environment: { MY_REDIS: redis.url },
  });
  const result = JSON.parse(output) as { sends: { sendId: string; recipient: string }[] };
  expect(result.sends).toMatchObject([{ recipient: 'bob@dest.example', duplicate: false }]);

  const keys = keyNames();
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  atEnd(() => connection.disconnect());
  const queue = new Queue(keys.sendQueue, { connection, prefix: keys.bullPrefix });
  atEnd(() => queue.close());
  const sendId = result.sends[0]?.sendId ?? '';
  expect((await queue.getJob(sendId))?.data).toMatchObject({
    sendId,
    recipient: 'bob@dest.example',
  });
});

test('the producer loads no package of the database, of IMAP or of SMTP', async () => {
  // The native module is not even built here.
  expect(existsSync(join(project, 'node_modules/better-sqlite3/package.json'))).toBe(true);
  expect(existsSync(join(project, 'node_modules/better-sqlite3/build'))).toBe(false);

  const others = ['better-sqlite3', 'drizzle-orm', 'imapflow', 'nodemailer'];
  const never = [...others, 'mailparser', 'smtp-server', 'zod', 'commander'];
  const loaded = await packagesLoadedBy('onbehalf/producer');
  expect(loaded).toEqual(expect.arrayContaining(['onbehalf', 'bullmq', 'ioredis']));
  expect(loaded.filter((name) => never.includes(name))).toEqual([]);
  // The same question about everything: it can be answered with yes.
  expect(await packagesLoadedBy('onbehalf')).toEqual(expect.arrayContaining(others));
});

test('the types resolve for a TypeScript program, and say no to wrong input', async () => {
  writeFileSync(
    join(project, 'consumer.ts'),
    `import { createProducer, OnbehalfError, type SendResult } from 'onbehalf/producer';
     import { createWorker, type OutcomeEvent } from 'onbehalf/worker';
     import { createHistory, type Timeline } from 'onbehalf/history';
     import * as whole from 'onbehalf';

     export async function enqueue(): Promise<SendResult> {
       await using producer = createProducer({ redisUrl: 'redis://127.0.0.1' });
       const mail = { from: 'jane@acme.example', to: ['bob@dest.example'], subject: 'Hi' };
       // @ts-expect-error a subject is text
       await producer.send({ ...mail, subject: 5 });
       // @ts-expect-error there is no such field
       await producer.send({ ...mail, path: '/etc/passwd' });
       return producer.send({ ...mail, text: 'Hello', kind: 'sequence' });
     }
     // @ts-expect-error a worker needs a provider, keys and a route
     export const worker = createWorker({ redisUrl: '' });
     export const state = (event: OutcomeEvent): string => event.state;
     // @ts-expect-error not a state
     export const isSent = (event: OutcomeEvent): boolean => event.state === 'sent';
     export const subjects = (timeline: Timeline): (string | undefined)[] =>
       timeline.lines.map((line) => line.subject);
     export const codes: whole.ErrorCode[] = [new OnbehalfError('INVALID_INPUT', 'x').code];
     export const same: typeof whole.createHistory = createHistory;
    `,
  );
  const compiler = join(cloneRoot, 'node_modules/typescript/bin/tsc');
  const settings = [
    '--noEmit --strict --skipLibCheck --target es2023 --module nodenext --types node'.split(' '),
    ['--typeRoots', join(cloneRoot, 'node_modules/@types')],
  ].flat();
  const args = [compiler, ...settings, 'consumer.ts'];
  const ended = await runProgram(process.execPath, args, { cwd: project });
  expect([ended.stdout, ended.exitCode]).toEqual(['', 0]);
});

test('the command is installed with it', async () => {
  const manifest = JSON.parse(
    await outputOf('npm', ['pkg', 'get', 'version'], { cwd: cloneRoot }),
  ) as string;
  const printed = await outputOf('npx', ['onbehalf', '--version'], { cwd: project });
  expect(printed.trim()).toBe(manifest);
});
