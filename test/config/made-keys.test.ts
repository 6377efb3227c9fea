import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readOrMakeKeys } from '../../src/config/made-keys.ts';
import { cloneRoot } from '../support/built.ts';
import { outputOf } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const program = fileURLToPath(new URL('made-keys-process.ts', import.meta.url));
const loader = new URL('../support/typescript-loader.mjs', import.meta.url).href;

test('keys are made once, for their owner only, and are read afterwards', async () => {
  const state = join(temporaryFolder(), 'state');
  const made = await readOrMakeKeys(state);
  expect(createPrivateKey(made.dkim.privateKey).asymmetricKeyDetails?.modulusLength).toBe(2_048);
  expect(made.keyring.keys[made.keyring.current]).toHaveLength(32);
  expect(await readOrMakeKeys(state)).toEqual(made);
  const other = await readOrMakeKeys(join(temporaryFolder(), 'state'));
  expect(other.dkim.privateKey).not.toBe(made.dkim.privateKey);

  const folder = join(state, 'keys');
  expect(readdirSync(folder)).toHaveLength(2);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600]);
});

test('processes that make them at the same time get the same keys', async () => {
  const state = join(temporaryFolder(), 'state');
  const args = ['--import', loader, program, state];
  const printed = await Promise.all(
    Array.from({ length: 4 }, async () => outputOf(process.execPath, args, { cwd: cloneRoot })),
  );
  expect(printed[0]).toContain('PRIVATE KEY');
  expect(new Set(printed).size).toBe(1);
  expect(readdirSync(join(state, 'keys'))).toHaveLength(2);
});

test('keys that cannot be read are an error that names the folder, and are not replaced', async () => {
  const state = temporaryFolder();
  const folder = join(state, 'keys');
  mkdirSync(folder);
  writeFileSync(join(folder, 'tokens.json'), 'half a ke');
  await expect(readOrMakeKeys(state)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining(folder),
  });
  expect(statSync(join(folder, 'tokens.json')).size).toBe(9);
});
