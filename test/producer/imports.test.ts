import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const urlOf = (path: string): string => new URL(`../../${path}`, import.meta.url).href;

/** Packages that a process loads which imports a module of ours, CommonJS ones included. */
async function packagesOf(path: string): Promise<ReadonlySet<string>> {
  const program = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(urlOf(path))});
    for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log(file);
  `;
  const { stdout } = await run(
    process.execPath,
    [
      '--import',
      urlOf('test/support/typescript-loader.mjs'),
      '--import',
      urlOf('test/support/record-imports.mjs'),
      '--input-type=module',
      '--eval',
      program,
    ],
    { cwd: fileURLToPath(urlOf('.')), maxBuffer: 2 ** 26 },
  );
  const names = [...stdout.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)/g)];
  return new Set(names.map(([, name]) => name ?? ''));
}

const heavy = [
  'better-sqlite3',
  'drizzle-orm',
  'imapflow',
  'mailparser',
  'nodemailer',
  'smtp-server',
];

test('the producer loads no database, IMAP or SMTP package', async () => {
  const packages = await packagesOf('src/producer/index.ts');
  expect(packages).toContain('bullmq');
  expect(packages).toContain('ioredis');
  expect(heavy.filter((name) => packages.has(name))).toEqual([]);
});

test('the worker loads no database or IMAP package', async () => {
  const packages = await packagesOf('src/worker/index.ts');
  // That the way of looking sees what is loaded.
  expect(packages).toContain('nodemailer');
  expect(heavy.filter((name) => name !== 'nodemailer' && packages.has(name))).toEqual([]);
});
