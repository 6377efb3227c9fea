/**
 * What the build is made from, and whether dist was made from exactly that.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const SINGLE_FILES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
];

/** What tsconfig.build.json excludes. */
const NOT_COMPILED = ['db/drizzle.config.ts'];

const COPIED = /\.(lua|html|css|json|svg)$/;

/** Not in dist: a published package carries a copy of its files. */
const STAMP = 'node_modules/.onbehalf-build';

/**
 * Every file below a folder, as a sorted list of paths relative to the root.
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
export function filesBelow(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/**
 * Where the stamp of the last complete build stands.
 * @param {string} root
 */
export function buildStampPath(root) {
  return join(root, STAMP);
}

/**
 * A digest of everything the build reads, names and contents.
 * @param {string} root
 * @returns {string}
 */
export function buildInputsDigest(root) {
  const hash = createHash('sha256');
  const inputs = [...filesBelow(root, 'src'), ...filesBelow(root, 'db'), ...SINGLE_FILES];
  for (const path of inputs) {
    if (!existsSync(join(root, path))) continue;
    const content = readFileSync(join(root, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/**
 * Files below src that are read at run time from beside the code, and so are copied. db/migrations is not among
 * them: it is read from the package root.
 * @param {string} root
 * @returns {string[]} relative to the root, and likewise relative to dist
 */
export function copiedFiles(root) {
  return filesBelow(root, 'src').filter((path) => COPIED.test(path));
}

/**
 * What the compiler makes of the sources.
 * @param {string} root
 * @returns {string[]} relative to dist
 */
export function compiledFiles(root) {
  return [...filesBelow(root, 'src'), ...filesBelow(root, 'db')]
    .filter((path) => path.endsWith('.ts') && !NOT_COMPILED.includes(path))
    .map((path) => path.slice(0, -'.ts'.length))
    .flatMap((path) => ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((ending) => path + ending));
}

/**
 * Whether dist is whole, and was made from what is there now.
 * @param {string} root
 */
export function buildIsCurrent(root) {
  const stamp = buildStampPath(root);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== buildInputsDigest(root)) return false;
  const made = [...compiledFiles(root), ...copiedFiles(root)];
  return made.every((path) => existsSync(join(root, 'dist', path)));
}
