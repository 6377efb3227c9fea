import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot, requireBuild } from '../support/built.ts';
import { outputOf } from '../support/run-program.ts';

/** The package as it would be published. */
export interface PackedPackage {
  /** Path of the tarball. */
  readonly tarball: string;
  /** Paths of its files, relative to the package. */
  readonly files: readonly string[];
}

/** Packs this clone, whose build must be current, into a folder. */
export async function packInto(folder: string): Promise<PackedPackage> {
  await requireBuild();
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const report = JSON.parse(await outputOf('npm', args, { cwd: cloneRoot })) as unknown;
  const [packed] = (Array.isArray(report) ? report : Object.values(report as object)) as {
    filename: string;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
  };
}

/**
 * Installs a tarball into a new empty project, without install scripts: the native module of the
 * database is not built there. What set-up fetched comes from npm's cache.
 *
 * @returns the folder of the project
 */
export async function installInto(folder: string, tarball: string): Promise<string> {
  const project = join(folder, 'project');
  mkdirSync(project);
  const manifest = { name: 'somebody-elses', private: true, type: 'module' };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const flags = ['--ignore-scripts', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  await outputOf('npm', ['install', tarball, ...flags], { cwd: project, timeoutMs: 110_000 });
  return project;
}
