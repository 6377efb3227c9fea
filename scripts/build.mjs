/**
 * The build: TypeScript to dist, then the files that are read as they are, then the command made executable.
 *
 * dist is never emptied first: files are replaced in place and what no longer belongs is removed at the end, so
 * a process that runs from dist meanwhile finds its files. With a type error nothing is written at all.
 */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildInputsDigest,
  buildStampPath,
  compiledFiles,
  copiedFiles,
  filesBelow,
} from './build-inputs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

process.exit(build());

function build() {
  // Taken before the compiler reads: a file saved meanwhile makes the stamp wrong, and the next run builds again.
  const digest = buildInputsDigest(root);
  rmSync(buildStampPath(root), { force: true });

  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', 'tsconfig.build.json', '--noEmitOnError'];
  const compiled = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (compiled.status !== 0) return 1;

  for (const path of copiedFiles(root)) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(root, path), join(dist, path));
  }
  removeStale();
  const command = join(dist, 'src/cli/main.js');
  if (existsSync(command)) chmodSync(command, 0o755);
  writeFileSync(buildStampPath(root), digest);
  return 0;
}

/** Removes from dist what no source of today makes. */
function removeStale() {
  const expected = new Set([...compiledFiles(root), ...copiedFiles(root)]);
  for (const path of filesBelow(dist, '.')) if (!expected.has(path)) rmSync(join(dist, path));
  removeEmptyFolders(dist);
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmptyFolders(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}
