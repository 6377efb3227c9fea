import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { startRelay } from '../../src/demo/relay.ts';
import { createWorker } from '../../src/worker/index.ts';
import { cloneRoot, requireBuild } from '../support/built.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { outputOf, plainEnvironment } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { dkimKeyPair, testZoneFile, workerOptions } from '../support/world.ts';

const loader = new URL('../support/typescript-loader.mjs', import.meta.url).href;

beforeAll(requireBuild);

/** How an example is started; it loads the built package by its name, as a user's program does. */
function argsOf(example: string, ...more: readonly string[]): readonly string[] {
  return ['--import', loader, join(cloneRoot, 'examples', example), ...more];
}

test('every example is run here', () => {
  expect(readdirSync(join(cloneRoot, 'examples')).sort()).toEqual([
    'read-timeline.ts',
    'send-one.ts',
    'send-template.ts',
    'worker-in-your-process.ts',
  ]);
});

test('the examples together send a mail and show it', async () => {
  const redis = await startTestRedis();
  const relay = await startRelay();
  atEnd(() => relay.stop());
  const folder = temporaryFolder();
  const keyFile = join(folder, 'dkim.pem');
  writeFileSync(keyFile, dkimKeyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const environment = {
    REDIS_URL: redis.url,
    RELAY_HOST: '127.0.0.1',
    RELAY_PORT: String(relay.port),
    DKIM_KEY_FILE: keyFile,
    DNS_ZONE_FILE: testZoneFile,
    TOKEN_SECRET: randomBytes(32).toString('base64'),
    DATABASE: join(folder, 'history.sqlite'),
  };
  const options = { cwd: folder, environment };

  const send = argsOf('send-one.ts', 'carol@dest.example');
  expect(await outputOf(process.execPath, send, options)).toMatch(
    /^message \S+\nenqueued: carol@dest\.example\n$/,
  );
  expect(await outputOf(process.execPath, send, options)).toContain('already enqueued: carol@');

  const worker = spawn(process.execPath, argsOf('worker-in-your-process.ts'), {
    cwd: folder,
    env: { ...plainEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => worker.kill('SIGKILL'));
  const printed = text(worker.stdout);
  await relay.waitFor((mails) => mails.length === 1);
  worker.kill('SIGTERM');
  await once(worker, 'close');
  expect(worker.exitCode).toBe(0);
  expect((await printed).split('\n').sort()).toEqual([
    '',
    expect.stringMatching(/^carol@dest\.example attempt 1 accepted, now accepted: 250 /),
    'ready',
  ]);
  const message = relay.accepted[0]?.message.toString() ?? '';
  expect(message).toMatch(/^From: Jane Doe <jane@acme\.example>\r$/m);
  expect(message).toMatch(/^Sender: .*<mailer@crm\.example>\r$/m);

  const read = argsOf('read-timeline.ts', 'carol@dest.example');
  expect(await outputOf(process.execPath, read, options)).toMatch(
    /^\S+Z {2}accepted {2}Your quote\n$/,
  );
  const nobody = await outputOf(
    process.execPath,
    argsOf('read-timeline.ts', 'eve@dest.example'),
    options,
  );
  expect(nobody).toBe('nobody has the address eve@dest.example\n');
  expect(relay.accepted).toHaveLength(1);
});

test('a template is enqueued for each contact and sent filled', async () => {
  const redis = await startTestRedis();
  const options = { cwd: temporaryFolder(), environment: { REDIS_URL: redis.url } };
  const send = argsOf('send-template.ts');
  expect(await outputOf(process.execPath, send, options)).toBe(
    'enqueued: bob@dest.example\nenqueued: ann@dest.example\n',
  );
  expect(await outputOf(process.execPath, send, options)).toContain('already enqueued: bob@');

  const relay = await startRelay();
  atEnd(() => relay.stop());
  await using worker = await createWorker(workerOptions(redis.url, relay));
  await relay.waitFor((mails) => mails.length === 2);
  await worker.close();
  const messages = relay.accepted.map(({ message }) => message.toString());
  const ann = messages.find((each) => each.includes('<ann@dest.example>')) ?? '';
  expect(ann).toMatch(/^Subject: Your quote, Ann & Carol\r$/m);
  expect(ann).toMatch(/<p>Hello Ann &amp; Carol,<\/p>/);
  expect(ann).toContain('what you asked for at 95');
  expect(messages.join('')).toContain('chairs at 80');
});
