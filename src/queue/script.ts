import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { codeOf, messageOf } from '../runtime/errors.ts';

/** A Lua script with its digest, so that Redis need not be sent the text each time. */
export interface Script {
  readonly lua: string;
  readonly digest: string;
}

/** Prepares a Lua script. */
export function defineScript(lua: string): Script {
  return { lua, digest: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its digest, and with its text where Redis does not know it (yet, or after a restart). */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.digest, keys.length, ...keys, ...values);
  } catch (error) {
    if (codeOf(error) !== 'NOSCRIPT' && !messageOf(error).startsWith('NOSCRIPT')) throw error;
    return redis.eval(script.lua, keys.length, ...keys, ...values);
  }
}
