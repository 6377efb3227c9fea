import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot } from '../support/built.ts';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
}

function read(file: string): string {
  return readFileSync(join(cloneRoot, file), 'utf8');
}

test('the lock file names no registry, and has a checksum for each package', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const locked = Object.entries(packages).filter(([path]) => path !== '');
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  // npm leaves it out for binaries of other systems than the one that wrote the file.
  const must = locked.filter(([, each]) => each.optional !== true);
  expect(must.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  expect(read('.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true');
});

test('one package may run a script when it is installed: the native module', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: unknown };
  expect(allowScripts).toEqual({ 'better-sqlite3': true });
});
