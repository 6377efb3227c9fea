/**
 * The kill suite at any size, from the command line:
 *
 *   npm run fault -- --sends 10000 --workers 3 --kill-every-mails 300 --redis-restarts 4 --json
 *
 * Exit code 0 when every promise was kept, 1 when one was broken, 2 for a wrong option.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../../src/queue/embedded-redis.ts';
import { messageOf } from '../../src/runtime/errors.ts';
import { brokenPromises, type KillFigures } from './kill-figures.ts';
import { runKillSuite, type KillSuiteOptions } from './kill-suite.ts';

type Settings = Omit<KillSuiteOptions, 'redis' | 'progress'>;

const progressEveryMs = 2_000;

process.exitCode = await main();

async function main(): Promise<number> {
  let settings: Settings;
  let json: boolean;
  try {
    ({ settings, json } = readSettings());
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-fault-'));
  const server = { dataDirectory: join(folder, 'redis'), socketPath: join(folder, 'redis.sock') };
  let redis = await startRedisServer(server);
  let saidAt = 0;
  try {
    const figures = await runKillSuite({
      ...settings,
      redis: {
        url: redis.url,
        async restart(signal = 'SIGTERM') {
          await (signal === 'SIGKILL' ? redis.kill(signal) : redis.stop());
          redis = await startRedisServer(server);
        },
      },
      progress: (ended, kills) => {
        if (performance.now() - saidAt < progressEveryMs) return;
        saidAt = performance.now();
        process.stderr.write(`${ended} of ${settings.sends} ended, ${kills} kills\n`);
      },
    });
    const broken = brokenPromises(figures);
    process.stdout.write(json ? `${JSON.stringify({ ...figures, broken })}\n` : table(figures));
    for (const what of broken) process.stderr.write(`broken: ${what}\n`);
    return broken.length === 0 ? 0 : 1;
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readSettings(): { readonly settings: Settings; readonly json: boolean } {
  const { values } = parseArgs({
    options: {
      sends: { type: 'string', default: '10000' },
      workers: { type: 'string', default: '3' },
      'kill-every-mails': { type: 'string', default: '300' },
      'redis-restarts': { type: 'string', default: '4' },
      'reply-delay-ms': { type: 'string', default: '20' },
      'no-relay-faults': { type: 'boolean', default: false },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const count = (name: keyof typeof values): number => {
    const number = Number(values[name]);
    if (Number.isSafeInteger(number) && number >= 0) return number;
    throw new TypeError(`--${name} must be a whole number`);
  };
  const settings = {
    sends: count('sends'),
    workers: count('workers'),
    killEveryMails: count('kill-every-mails'),
    redisRestarts: count('redis-restarts'),
    replyDelayMs: count('reply-delay-ms'),
    relayFaults: !values['no-relay-faults'],
    ...(values.seed === undefined ? {} : { seed: count('seed') }),
  };
  return { settings, json: values.json };
}

function table(figures: KillFigures): string {
  const { byState, unexpectedEnds, astray, unknown, heldWrongly, uncertainUninterrupted, ...rest } =
    figures;
  const states = Object.entries(byState).map(
    ([state, count]) => [`state ${state}`, count] as const,
  );
  const rows = [
    ...Object.entries(rest),
    ...states,
    ['unexpected ends', unexpectedEnds.length] as const,
    ['astray', astray.length] as const,
    ['unknown', unknown.length] as const,
    ['held wrongly', heldWrongly.length] as const,
    ['uninterrupted', uncertainUninterrupted.length] as const,
  ];
  return rows.map(([name, value]) => `${name.padEnd(22)}${String(value).padStart(12)}\n`).join('');
}
