import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temp-folder.ts';
import { askStep } from './run-node.ts';

/** Packages packed into files, so that npm really installs but needs no network. */
const store = temporaryFolder();
for (const name of ['first', 'second']) {
  mkdirSync(join(store, name));
  writeFileSync(join(store, name, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
  npm(store, 'pack', `./${name}`);
}

function projectWithPackages(...names: readonly string[]): string {
  const root = temporaryFolder();
  lock(root, names);
  return root;
}

/** Writes a lock file that asks for these packages. */
function lock(root: string, names: readonly string[]): void {
  const dependencies = Object.fromEntries(
    names.map((name) => [name, `file:${join(store, `${name}-1.0.0.tgz`)}`]),
  );
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
  npm(root, 'install', '--package-lock-only');
}

function npm(root: string, ...args: readonly string[]): void {
  const quiet = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [...args, ...quiet], { cwd: root, stdio: 'pipe' });
}

/** Whether the step found that npm had to run. */
function npmRuns(root: string): Promise<unknown> {
  const call = `const answer = await step.ensureNpmPackages(${JSON.stringify(root)});`;
  return askStep('setup/npm-packages.mjs', call, { npm_config_offline: 'true' });
}

test('npm runs once, and again when the lock file asks for something else', async () => {
  const root = projectWithPackages('first');
  expect(await npmRuns(root)).toBe(true);
  expect(existsSync(join(root, 'node_modules/first/package.json'))).toBe(true);
  expect(await npmRuns(root)).toBe(false);
  lock(root, ['first', 'second']);
  expect(await npmRuns(root)).toBe(true);
  expect(existsSync(join(root, 'node_modules/second/package.json'))).toBe(true);
});

test('what somebody installed with npm himself is taken over, unless a package is gone', async () => {
  const root = projectWithPackages('first', 'second');
  npm(root, 'install');
  expect(await npmRuns(root)).toBe(false);
  rmSync(join(root, 'node_modules/.onbehalf-setup.json'));
  rmSync(join(root, 'node_modules/second'), { recursive: true });
  expect(await npmRuns(root)).toBe(true);
  expect(existsSync(join(root, 'node_modules/second/package.json'))).toBe(true);
});

test('an installation that failed or did not end is done again', async () => {
  const root = projectWithPackages('first');
  expect(await npmRuns(root)).toBe(true);
  const lockFile = readFileSync(join(root, 'package-lock.json'));
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{"":{}}}');
  await expect(npmRuns(root)).rejects.toThrow(/npm error[\s\S]*npm could not install the packages/);
  writeFileSync(join(root, 'package-lock.json'), lockFile);
  expect(await npmRuns(root)).toBe(true);
  // What a killed run leaves: packages, but neither npm's record nor our stamp, which come last.
  rmSync(join(root, 'node_modules/.package-lock.json'));
  rmSync(join(root, 'node_modules/.onbehalf-setup.json'));
  expect(await npmRuns(root)).toBe(true);
});
