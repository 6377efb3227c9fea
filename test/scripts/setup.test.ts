import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../support/temp-folder.ts';
import { cloneRoot, runNode, startNode, stepProgram } from './run-node.ts';

test('set-up of this clone succeeds and ends with one line that tells its time', async () => {
  const ended = await runNode([join(cloneRoot, 'scripts/setup.mjs')]);
  const lines = ended.stderr.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(/^Set-up done in \d+\.\d s\.$/);
  expect(ended).toMatchObject({ exitCode: 0, stdout: '' });
});

test('the lock file holds every optional package, or npm ci refuses it', () => {
  const lock = JSON.parse(readFileSync(join(cloneRoot, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
    >;
  };
  const paths = Object.keys(lock.packages);
  const wanted = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  );
  const missing = wanted.filter(
    (name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)),
  );
  expect(wanted.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

describe('one set-up at a time', () => {
  const folder = temporaryFolder();
  const hold = `
    const { inheritedFd } = await step.takeTurn(${JSON.stringify(folder)});
    process.stdout.write('mine ');
    setInterval(() => undefined, 1000);
  `;

  test('the second waits, says so, and has its turn when the first is killed', async () => {
    const first = startNode(stepProgram('setup/one-at-a-time.mjs', hold));
    await once(first.stdout, 'data');
    const second = startNode(stepProgram('setup/one-at-a-time.mjs', hold));
    try {
      const [said] = (await once(second.stderr, 'data')) as [Buffer];
      expect(String(said)).toBe(
        'Another set-up is at work in this clone; waiting for it to end.\n',
      );
      expect(second.stdout.readableLength).toBe(0);
      const turn = once(second.stdout, 'data');
      first.kill('SIGKILL');
      expect(String((await turn)[0])).toBe('mine ');
    } finally {
      first.kill('SIGKILL');
      second.kill('SIGKILL');
    }
  });

  test('a child that outlives a killed set-up keeps its turn until it ends', async () => {
    const program = `
        const { inheritedFd } = await step.takeTurn(${JSON.stringify(`${folder}/orphan`)});
        const { spawn } = await import('node:child_process');
        const orphan = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
          stdio: ['ignore', 'ignore', 'ignore', inheritedFd], detached: true,
        });
        process.stdout.write(String(orphan.pid));
        setInterval(() => undefined, 1000);
      `;
    const first = startNode(stepProgram('setup/one-at-a-time.mjs', program));
    const orphan = Number(String((await once(first.stdout, 'data'))[0]));
    first.kill('SIGKILL');
    await once(first, 'close');
    const next = program.replace('const { spawn }', 'process.exit(0); const { spawn }');
    const second = startNode(stepProgram('setup/one-at-a-time.mjs', next));
    const told = text(second.stderr);
    const ended = once(second, 'close');
    try {
      await once(second.stderr, 'data');
      expect(second.exitCode).toBeNull();
    } finally {
      process.kill(orphan, 'SIGKILL');
    }
    await ended;
    expect(second.exitCode).toBe(0);
    expect(await told).toContain('waiting for it to end');
  });
});
