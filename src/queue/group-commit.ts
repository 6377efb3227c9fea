import type { Redis } from 'ioredis';
import {
  defineScript,
  runDirectly,
  runScriptsThrough,
  type Script,
  type ScriptValue,
} from './script.ts';

/*
 * Group commit: calls of one script, from many jobs, in one EVALSHA.
 *
 *   1. a call that comes is collected;
 *   2. at the end of the event loop's turn all calls of a script go out together, unless as many of
 *      its batches as allowed are on their way: then they go when one of those is answered, so that
 *      batches grow as Redis gets slower;
 *   3. each caller gets the answer of its own call, or its error. A call that fails in the middle of a
 *      batch does not touch the others.
 *
 * Each call is what it was alone: atomic, with its own KEYS and ARGV. What is saved is a command and
 * a write to the socket per call, on both sides.
 */

/** Bounds of {@link groupCommit}. */
export interface GroupCommitOptions {
  /** Most calls in one batch; bounds how long Redis serves nobody else; default 64. */
  readonly callsMax?: number;
  /** Most batches of one script on their way at once; default 2. */
  readonly batchesMax?: number;
}

interface Call {
  readonly keys: readonly string[];
  readonly values: readonly ScriptValue[];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Lets all scripts that `runScript` runs over this connection go in groups, from now on. */
export function groupCommit(redis: Redis, options: GroupCommitOptions = {}): void {
  const batches = new Map<string, Batch>();
  runScriptsThrough(redis, (_redis, script, keys, values) => {
    let batch = batches.get(script.digest);
    if (batch === undefined) {
      batch = createBatch(redis, script, options);
      batches.set(script.digest, batch);
    }
    return batch(keys, values);
  });
}

type Batch = (keys: readonly string[], values: readonly ScriptValue[]) => Promise<unknown>;

function createBatch(
  redis: Redis,
  script: Script,
  { callsMax = 64, batchesMax = 2 }: GroupCommitOptions,
): Batch {
  const together = severalCalls(script);
  let collected: Call[] = [];
  let onTheirWay = 0;
  let due = false;

  const send = async (calls: readonly Call[]): Promise<void> => {
    onTheirWay += 1;
    try {
      const answers = answersOf(await runTogether(redis, together, calls), calls.length);
      calls.forEach((call, index) => {
        const answer = answers[2 * index + 1];
        if (answers[2 * index] === 1) call.resolve(answer);
        // As ioredis words it: the text begins with the code.
        else call.reject(new Error(String(answer)));
      });
    } catch (error) {
      for (const call of calls) call.reject(error);
    } finally {
      onTheirWay -= 1;
      flush();
    }
  };
  const flush = (): void => {
    while (collected.length > 0 && onTheirWay < batchesMax) {
      const calls = collected.slice(0, callsMax);
      collected = collected.slice(callsMax);
      void send(calls);
    }
  };
  return (keys, values) =>
    new Promise((resolve, reject) => {
      collected.push({ keys, values, resolve, reject });
      if (due) return;
      due = true;
      setImmediate(() => {
        due = false;
        flush();
      });
    });
}

/**
 * ARGV[1] number of calls; then for each call the number of its keys, of its values, and the values.
 * KEYS are those of all calls. Returns for each call 1 and its answer, or 0 and why it failed.
 */
function severalCalls(script: Script): Script {
  return defineScript(`
local function call(KEYS, ARGV)
${script.lua}
end
local answers = {}
local nextKey, nextValue = 1, 2
for i = 1, tonumber(ARGV[1]) do
  local keys, values = {}, {}
  local keyCount, valueCount = tonumber(ARGV[nextValue]), tonumber(ARGV[nextValue + 1])
  nextValue = nextValue + 2
  for k = 1, keyCount do keys[k] = KEYS[nextKey + k - 1] end
  for v = 1, valueCount do values[v] = ARGV[nextValue + v - 1] end
  nextKey, nextValue = nextKey + keyCount, nextValue + valueCount
  local fine, answer = pcall(call, keys, values)
  -- An error is a text before Redis 7, since then a table.
  if not fine and type(answer) == 'table' then answer = answer.err end
  answers[2 * i - 1] = fine and 1 or 0
  -- A nil would end the list.
  if answer == nil then answer = false end
  answers[2 * i] = answer
end
return answers
`);
}

async function runTogether(redis: Redis, script: Script, calls: readonly Call[]): Promise<unknown> {
  const keys: string[] = [];
  const values: ScriptValue[] = [calls.length];
  for (const call of calls) {
    keys.push(...call.keys);
    values.push(call.keys.length, call.values.length, ...call.values);
  }
  return runDirectly(redis, script, keys, values);
}

function answersOf(answer: unknown, calls: number): readonly unknown[] {
  if (Array.isArray(answer) && answer.length === 2 * calls) return answer;
  throw new TypeError('a group of script calls was not answered as a group');
}
