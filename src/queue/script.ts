import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { codeOf, messageOf } from '../runtime/errors.ts';

/** A Lua script with its digest, so that Redis need not be sent the text each time. */
export interface Script {
  readonly lua: string;
  readonly digest: string;
}

/** What a script takes as ARGV. */
export type ScriptValue = string | number | Buffer;

/** Runs scripts over a connection in a way of its own, e.g. in groups. */
export type ScriptRunner = (
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
  asBytes: boolean,
) => Promise<unknown>;

const runners = new WeakMap<Redis, ScriptRunner>();

/** Prepares a Lua script. */
export function defineScript(lua: string): Script {
  return { lua, digest: createHash('sha1').update(lua).digest('hex') };
}

/** Hands the scripts that are run over a connection to a runner from now on. */
export function runScriptsThrough(redis: Redis, runner: ScriptRunner): void {
  runners.set(redis, runner);
}

/** Runs a script; texts in its answer come as strings. */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
): Promise<unknown> {
  return runWhereSet(redis, script, keys, values, false);
}

/** Runs a script; texts in its answer come as bytes. */
export async function runScriptForBytes(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
): Promise<unknown> {
  return runWhereSet(redis, script, keys, values, true);
}

/** Runs a script by its digest, and with its text where Redis does not know it (yet, or after a restart). */
export async function runDirectly(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  values: readonly ScriptValue[],
  asBytes: boolean,
): Promise<unknown> {
  const args = [keys.length, ...keys, ...values] as const;
  try {
    return await (asBytes
      ? redis.callBuffer('EVALSHA', script.digest, ...args)
      : redis.evalsha(script.digest, ...args));
  } catch (error) {
    if (codeOf(error) !== 'NOSCRIPT' && !messageOf(error).startsWith('NOSCRIPT')) throw error;
    return asBytes
      ? redis.callBuffer('EVAL', script.lua, ...args)
      : redis.eval(script.lua, ...args);
  }
}

async function runWhereSet(redis: Redis, ...call: Parameters<ScriptRunner>): Promise<unknown> {
  const runner = runners.get(redis);
  return runner === undefined ? runDirectly(redis, ...call) : runner(...call);
}
