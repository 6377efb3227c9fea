import { expect, test } from '@jest/globals';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cloneRoot } from '../support/built.ts';
import { outputOf, runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** Which rooms a room may import (besides itself) and which packages it owns. */
interface Walls {
  readonly may: readonly string[];
  readonly owns: readonly string[];
}

/** The rooms with walls, as ARCHITECTURE.md has them; `db` is beside `src`, the others in it. */
const rooms: Readonly<Record<string, Walls>> = {
  runtime: { may: [], owns: ['pino'] },
  mail: { may: ['runtime'], owns: [] },
  queue: { may: ['mail', 'runtime'], owns: ['bullmq', 'ioredis'] },
  domains: { may: ['mail', 'runtime'], owns: [] },
  templates: { may: ['mail', 'runtime'], owns: ['liquidjs'] },
  headers: { may: ['mail', 'runtime'], owns: [] },
  bounces: { may: ['mail', 'runtime'], owns: [] },
  producer: { may: ['queue', 'templates', 'mail', 'runtime'], owns: ['bullmq', 'ioredis'] },
  worker: {
    may: ['queue', 'templates', 'headers', 'bounces', 'domains', 'mail', 'runtime'],
    owns: ['bullmq', 'ioredis', 'nodemailer'],
  },
  history: {
    may: ['db', 'queue', 'bounces', 'domains', 'mail', 'runtime'],
    owns: ['csv-parse', 'csv-stringify', 'ioredis', 'imapflow', 'mailparser', 'drizzle-orm'],
  },
  config: {
    may: ['bounces', 'mail', 'runtime', 'worker', 'history', 'queue'],
    owns: ['zod'],
  },
  db: { may: ['runtime'], owns: ['drizzle-orm', 'better-sqlite3'] },
};
/** Rooms that may import everything. */
const openRooms = ['cli', 'demo'];

const { dependencies } = JSON.parse(readFileSync(join(cloneRoot, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};
const packages = ['onbehalf', ...Object.keys(dependencies)];

/** All ways to import from a place; one line each. */
function allImports(from: string): readonly string[] {
  return [
    `import { name } from '${from}';`,
    `import * as name from '${from}';`,
    `import '${from}';`,
    `export { name } from '${from}';`,
    `export * from '${from}';`,
    `void import('${from}');`,
    `import type { name } from '${from}';`,
    `export type { name } from '${from}';`,
  ];
}

/** What lines of a file in a room must be found, and what lines must not. */
function linesOf(name: string, walls: Walls, toSource: string): { bad: string[]; good: string[] } {
  const bad: string[] = [];
  const good: string[] = [];
  for (const other of [...Object.keys(rooms), ...openRooms]) {
    if (other === name) continue;
    const place = other === 'db' ? `${toSource}../db/open.ts` : `${toSource}${other}/part.ts`;
    if (walls.may.includes(other)) {
      good.push(...allImports(place));
    } else {
      bad.push(...allImports(place));
      bad.push(`import { name } from '${place.replace(/\/[^/]*$/, '/inner/part.ts')}';`);
      bad.push(`import { name } from './${place}';`);
    }
  }
  if (name !== 'db') bad.push(...allImports(`${toSource}index.ts`));
  for (const each of packages) {
    const list = walls.owns.includes(each) ? good : bad;
    list.push(...allImports(each), ...allImports(`${each}/lib/part`));
  }
  good.push(...allImports('./neighbour.ts'), ...allImports('node:fs'));
  return { bad, good };
}

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

test('the written lint rules are what the table of rooms gives', async () => {
  const args = ['scripts/lint-rooms.mjs', '--check'];
  expect(await runProgram(process.execPath, args, { cwd: cloneRoot })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

test('every room has walls, or is named as an open one', () => {
  const folders = readdirSync(join(cloneRoot, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const walled = Object.keys(rooms).filter((name) => name !== 'db');
  expect(folders.sort()).toEqual([...walled, ...openRooms].sort());
});

test('each forbidden import of each room is found, each allowed one is not', async () => {
  const root = temporaryFolder();
  copyFileSync(join(cloneRoot, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  symlinkSync(join(cloneRoot, 'node_modules'), join(root, 'node_modules'));
  const expected: string[] = [];
  for (const [name, walls] of Object.entries(rooms)) {
    const home = name === 'db' ? 'db' : `src/${name}`;
    const places: readonly (readonly [string, string])[] = [
      [`${home}/part.ts`, name === 'db' ? '../src/' : '../'],
      [`${home}/inner/part.ts`, name === 'db' ? '../../src/' : '../../'],
    ];
    for (const [path, toSource] of places) {
      const { bad, good } = linesOf(name, walls, toSource);
      if (path.includes('inner')) good.push(...allImports('../part.ts'));
      expect(bad.length).toBeGreaterThan(100);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      // A name twice would be a syntax error, and the file would not be looked at.
      const lines = [...bad, ...good].map((line, index) => line.replace('name', `name${index}`));
      writeFileSync(join(root, path), lines.join('\n'));
      lines.slice(0, bad.length).forEach((line) => expected.push(`${path}: ${line}`));
    }
  }
  const oxlint = join(cloneRoot, 'node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '--format', 'json', 'src', 'db'];
  const { stdout } = await runProgram(process.execPath, args, { cwd: root });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Finding[] };
  const found = diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename, labels }) => {
      const line = labels[0]?.span.line ?? 0;
      return `${filename}: ${readFileSync(join(root, filename), 'utf8').split('\n')[line - 1]}`;
    });
  const foundOnce = new Set(found);
  expect(expected.filter((line) => !foundOnce.has(line))).toEqual([]);
  const wanted = new Set(expected);
  expect([...foundOnce].filter((line) => !wanted.has(line))).toEqual([]);
});

test('an import that leaves its room fails the lint of this project', async () => {
  const root = temporaryFolder();
  copyFileSync(join(cloneRoot, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  mkdirSync(join(root, 'src/mail'), { recursive: true });
  const oxlint = join(cloneRoot, 'node_modules/oxlint/bin/oxlint');
  const file = join(root, 'src/mail/part.ts');
  writeFileSync(file, `export { codeOf } from '../runtime/errors.ts';\n`);
  await outputOf(process.execPath, [oxlint, 'src'], { cwd: root });
  writeFileSync(file, `export { createWorker } from '../worker/index.ts';\n`);
  const { exitCode, stdout } = await runProgram(process.execPath, [oxlint, 'src'], { cwd: root });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('mail may import only runtime');
});
