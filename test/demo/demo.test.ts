/**
 * The built command as people run it, each time in a folder of its own that also is its temporary
 * folder: whatever runs after the end, or lies about, is found there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import type { DemoReport } from '../../src/demo/run-demo.ts';
import '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';

const main = resolve('dist/src/cli/main.js');
const isRoot = process.getuid?.() === 0;
const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] as const;

/** A folder that everybody may use, with a temporary folder in it. */
function demoFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 't'));
  for (const path of [folder, join(folder, 't')]) chmodSync(path, 0o777);
  return folder;
}

interface Run {
  readonly pid: number;
  /** Standard output so far. */
  readonly output: readonly string[];
  readonly errors: readonly string[];
  readonly exitCode: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

function onbehalf(
  folder: string,
  args: readonly string[],
  more: { readonly environment?: NodeJS.ProcessEnv; readonly through?: readonly string[] } = {},
): Run {
  const [program = '', ...rest] = [...(more.through ?? []), process.execPath, main, ...args];
  const child = spawn(program, rest, {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: join(folder, 't'), ...more.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return {
    pid: child.pid ?? 0,
    output,
    errors,
    exitCode: once(child, 'close').then(([code]) => code as number | null),
    kill: (signal) => void child.kill(signal),
  };
}

/** Processes that work in a folder or were started on it. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const place = readlinkSync(`/proc/${pid}/cwd`);
      return command.includes(folder) || place.startsWith(folder) ? [`${pid} ${command}`] : [];
    } catch {
      // It has ended while we look.
      return [];
    }
  });
}

function expectNothingLeft(folder: string): void {
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(join(folder, 't'))).toEqual([]);
}

function reportOf(run: Run): DemoReport {
  expect(run.output).toHaveLength(1);
  return JSON.parse(run.output[0] ?? '') as DemoReport;
}

describe('onbehalf demo', () => {
  test('adds up, whatever is configured around it, and leaves a history to ask', async () => {
    const folder = demoFolder();
    writeFileSync(join(folder, 'onbehalf.config.json'), '{"relay": {"host": "mail.acme.example"}}');
    const environment = {
      REDIS_URL: 'redis://127.0.0.1:1',
      DATABASE_URL: '/nowhere/history.sqlite',
      ONBEHALF_RELAY_URL: 'smtp://127.0.0.1:1',
      ONBEHALF_LOG_LEVEL: 'loud',
    };
    const run = onbehalf(folder, ['demo', '--json'], { environment });
    const exitCode = await run.exitCode;
    expect({ exitCode, errors: run.errors.filter((line) => !line.endsWith('have ended')) }).toEqual(
      { exitCode: 0, errors: [] },
    );
    const report = reportOf(run);
    const { accepted, rejected, deferrals } = report.sends;
    expect(report).toEqual({
      sends: { enqueued: 300, accepted, rejected, deferrals },
      copies: 1,
      entries: 301,
      durationMs: expect.any(Number),
      ok: true,
    });
    expect(accepted + rejected).toBe(300);
    expect(rejected).toBe(6);
    expect(deferrals).toBeGreaterThan(5);
    expectNothingLeft(folder);

    const state = { ONBEHALF_STATE_DIRECTORY: '.onbehalf/demo' };
    const asked = onbehalf(folder, ['timeline', 'bob@dest.example'], { environment: state });
    expect(await asked.exitCode).toBe(0);
    const told = asked.output.join('\n');
    for (const part of ['Your quote for 40 chairs', 'rejected', 'The prices once more']) {
      expect(told).toContain(part);
    }
  }, 120_000);

  const nobodyCanRead =
    isRoot && spawnSync(asNobody[0], [...asNobody.slice(1), 'test', '-r', main]).status === 0;
  if (!nobodyCanRead) process.stderr.write('not tried as nobody: not root, or dist is private\n');
  if (nobodyCanRead) {
    test('does the same without privileges', async () => {
      const folder = demoFolder();
      const args = ['demo', '--json', '--sends', '20'];
      const run = onbehalf(folder, args, { through: asNobody });
      expect(await run.exitCode).toBe(0);
      expect(reportOf(run)).toMatchObject({ sends: { enqueued: 20 }, entries: 21, ok: true });
      expectNothingLeft(folder);
    }, 120_000);
  }

  test('fails with one sentence when a part breaks, and stops the others', async () => {
    const folder = demoFolder();
    const run = onbehalf(folder, ['demo', '--sends', '10']);
    const worker = await eventually(
      () => /processes (\d+) and \d+/.exec(run.output.join('\n'))?.[1],
      { what: 'the process ids of the workers', timeoutMs: 60_000 },
    );
    process.kill(Number(worker), 'SIGKILL');
    expect(await run.exitCode).toBe(1);
    expect(run.errors.join('\n')).toMatch(
      /^onbehalf: worker 1 ended with a signal; its log is \S+\/worker-1\.log \(SERVER_FAILED\)$/,
    );
    expectNothingLeft(folder);
  }, 120_000);

  test('runs once per folder, and stops in order when it is told to', async () => {
    const folder = demoFolder();
    const first = onbehalf(folder, ['demo']);
    await eventually(() => first.output.join('\n').includes('Relay'), {
      what: 'the first demo',
      timeoutMs: 60_000,
    });
    const second = onbehalf(folder, ['demo', '--json']);
    expect(await second.exitCode).toBe(1);
    expect(JSON.parse(second.output.at(-1) ?? '')).toMatchObject({
      error: { code: 'SERVER_FAILED', message: expect.stringContaining(`(process ${first.pid})`) },
    });
    first.kill('SIGINT');
    expect(await first.exitCode).toBe(1);
    expect(first.errors).toEqual([
      'onbehalf: the demo was stopped; nothing is left running (INTERRUPTED)',
    ]);
    expectNothingLeft(folder);
  }, 120_000);

  test('ends what a killed one left running', async () => {
    const folder = demoFolder();
    const killed = onbehalf(folder, ['demo', '--sends', '10']);
    await eventually(() => killed.output.join('\n').includes('History'), {
      what: 'the demo to be up',
      timeoutMs: 60_000,
    });
    killed.kill('SIGKILL');
    await killed.exitCode;
    expect(processesIn(folder).join('\n')).toMatch(/redis-server|valkey-server/);
    const next = onbehalf(folder, ['demo', '--json', '--sends', '10']);
    expect(await next.exitCode).toBe(0);
    expect(reportOf(next)).toMatchObject({ sends: { enqueued: 10 }, ok: true });
    expectNothingLeft(folder);
  }, 120_000);

  test('refuses a count it cannot use before it touches anything', async () => {
    const folder = demoFolder();
    const run = onbehalf(folder, ['demo', '--sends', '3']);
    expect(await run.exitCode).toBe(2);
    expect(run.errors.join('\n')).toContain('--sends: must be a whole number from 10 to 20000');
    expect(readdirSync(folder)).toEqual(['t']);
  });
});
