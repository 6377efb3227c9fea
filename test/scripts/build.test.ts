import { expect, test } from '@jest/globals';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../support/temp-folder.ts';
import { askStep, cloneRoot, runNode } from './run-node.ts';
import type { Ended } from './run-node.ts';

/** A project of two source files that is built with this clone's scripts, settings and compiler. */
function smallProject(): string {
  const root = temporaryFolder();
  for (const file of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    copyFileSync(join(cloneRoot, file), join(root, file));
  }
  cpSync(join(cloneRoot, 'scripts'), join(root, 'scripts'), { recursive: true });
  mkdirSync(join(root, 'node_modules'));
  for (const name of ['typescript', '@types']) {
    symlinkSync(join(cloneRoot, 'node_modules', name), join(root, 'node_modules', name));
  }
  write(root, 'src/cli/main.ts', '#!/usr/bin/env node\nexport const verb: string = "demo";\n');
  write(root, 'src/queue/finish.lua', 'return 1\n');
  write(root, 'db/open.ts', 'export const folder: string = "db";\n');
  return root;
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function build(root: string): Promise<Ended> {
  return runNode([join(root, 'scripts/build.mjs')]);
}

function isCurrent(root: string): Promise<unknown> {
  return askStep(
    'build-inputs.mjs',
    `const answer = step.buildIsCurrent(${JSON.stringify(root)});`,
  );
}

test('the build holds code, types, scripts of other languages and a runnable command', async () => {
  const root = smallProject();
  expect(await isCurrent(root)).toBe(false);
  expect(await build(root)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  for (const path of [
    'db/open.js',
    'db/open.d.ts',
    'src/cli/main.js.map',
    'src/queue/finish.lua',
  ]) {
    expect([path, existsSync(join(root, 'dist', path))]).toEqual([path, true]);
  }
  expect(statSync(join(root, 'dist/src/cli/main.js')).mode & 0o111).toBe(0o111);
  expect(await isCurrent(root)).toBe(true);
});

test('what has no source any more leaves the build, and nothing else does', async () => {
  const root = smallProject();
  write(root, 'src/worker/old.ts', 'export const old = 1;\n');
  await build(root);
  rmSync(join(root, 'src/worker'), { recursive: true });
  expect(await isCurrent(root)).toBe(false);
  await build(root);
  expect(existsSync(join(root, 'dist/src/worker'))).toBe(false);
  expect(existsSync(join(root, 'dist/src/cli/main.js'))).toBe(true);
  rmSync(join(root, 'dist/src/queue/finish.lua'));
  expect(await isCurrent(root)).toBe(false);
});

test('with a type error the last build stays as it was, and counts as outdated', async () => {
  const root = smallProject();
  await build(root);
  write(root, 'db/open.ts', 'export const folder: number = "changed";\n');
  const failed = await build(root);
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout).toContain('db/open.ts(1,');
  expect(readFileSync(join(root, 'dist/db/open.js'), 'utf8')).toContain('"db"');
  expect(await isCurrent(root)).toBe(false);
});
