import { generateKeyPair, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Keyring } from '../mail/keyring.ts';
import { codeOf, messageOf, OnbehalfError } from '../runtime/errors.ts';

/** The keys of an installation that brings none of its own. */
export interface MadeKeys {
  readonly dkim: { readonly selector: string; readonly privateKey: string };
  readonly keyring: Keyring;
}

const selector = 'onbehalf1';

/**
 * Reads the keys under `<state>/keys`, making them at the first call: an RSA-2048 key for DKIM and
 * a secret for tokens, readable by the owner only. Several processes may call it at once: one wins,
 * all use its keys.
 *
 * @throws OnbehalfError `INVALID_CONFIG` when they can be neither read nor made
 */
export async function readOrMakeKeys(stateDirectory: string): Promise<MadeKeys> {
  const directory = join(stateDirectory, 'keys');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const privateKey = await readOrMake(join(directory, `dkim-${selector}.pem`), makeDkimKey);
    const tokens = await readOrMake(join(directory, 'tokens.json'), makeTokenKey);
    return { dkim: { selector, privateKey }, keyring: parseKeyring(tokens) };
  } catch (error) {
    throw new OnbehalfError('INVALID_CONFIG', `keys under ${directory}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The DKIM key that an installation without one of its own signs with. */
export interface MadeDkimKey {
  readonly selector: string;
  /** In PEM; absent where none has been made yet. */
  readonly privateKey?: string;
}

/**
 * The made DKIM key as it is now; makes none.
 *
 * @throws OnbehalfError `INVALID_CONFIG` when it is there and cannot be read
 */
export function readMadeDkimKey(stateDirectory: string): MadeDkimKey {
  const file = join(stateDirectory, 'keys', `dkim-${selector}.pem`);
  try {
    return { selector, privateKey: readFileSync(file, 'utf8') };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { selector };
    throw new OnbehalfError('INVALID_CONFIG', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Reads a keyring: `{"current": "a", "keys": {"a": "<base64>"}}`. */
function parseKeyring(json: string): Keyring {
  const { current, keys } = JSON.parse(json) as { current: string; keys: Record<string, string> };
  const entries = Object.entries(keys).map(([id, text]) => [id, Buffer.from(text, 'base64')]);
  return { current, keys: Object.fromEntries(entries) as Record<string, Buffer> };
}

async function readOrMake(file: string, make: () => Promise<string>): Promise<string> {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  // Written whole under another name and then linked: nobody ever reads half a key, and of two
  // that make one at the same time the second link fails.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, await make(), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}

async function makeDkimKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function makeTokenKey(): Promise<string> {
  const keys = { a: randomBytes(32).toString('base64') };
  return Promise.resolve(`${JSON.stringify({ current: 'a', keys })}\n`);
}
