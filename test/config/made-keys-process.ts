import { readOrMakeKeys } from '../../src/config/made-keys.ts';

/** Reads or makes the keys of the state folder in its argument, and prints them. */
const [stateDirectory = ''] = process.argv.slice(2);
const { dkim, keyring } = await readOrMakeKeys(stateDirectory);
const secret = Buffer.from(keyring.keys[keyring.current] ?? []).toString('hex');
process.stdout.write(JSON.stringify({ ...dkim, current: keyring.current, secret }));
