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
 * a write to the socket per call, on both sides, and the text of every key and value that all calls of
 * a batch have in common: it is sent once.
 */

/** Bounds of {@link groupCommit}. */
export interface GroupCommitOptions {
  /** Most calls in one batch; bounds how long Redis serves nobody else; default 16. */
  readonly callsMax?: number;
  /** Most batches of one script on their way at once; default 16. */
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
  { callsMax = 16, batchesMax = 16 }: GroupCommitOptions,
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
      const calls = collected.slice(0, countOfOneShape(collected, callsMax));
      collected = collected.slice(calls.length);
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

/** How many of the first calls have as many keys and as many values each: those go together. */
function countOfOneShape(calls: readonly Call[], most: number): number {
  const [first] = calls;
  const other = calls.findIndex(({ keys, values }) => {
    return keys.length !== first?.keys.length || values.length !== first.values.length;
  });
  return Math.min(most, other < 0 ? calls.length : other);
}

/**
 * ARGV[1] number of calls, [2] and [3] for each place in their KEYS and ARGV `s` where all calls have the
 * same there or `o` where each has its own, then the values: first those that are the same, then the own
 * ones of each call. KEYS alike. Returns for each call 1 and its answer, or 0 and why it failed.
 */
function severalCalls(script: Script): Script {
  return defineScript(`
local function call(KEYS, ARGV)
${script.lua}
end
local function reader(layout, list, start)
  local own, shared, nextShared = {}, {}, start
  for place = 1, #layout do
    if string.byte(layout, place) == 115 then
      shared[place] = list[nextShared]
      nextShared = nextShared + 1
    else
      own[#own + 1] = place
    end
  end
  return function(index)
    local all, at = {}, nextShared + (index - 1) * #own
    for place = 1, #layout do all[place] = shared[place] end
    for i = 1, #own do all[own[i]] = list[at + i - 1] end
    return all
  end
end
local keysOf, valuesOf = reader(ARGV[2], KEYS, 1), reader(ARGV[3], ARGV, 4)
local answers = {}
for i = 1, tonumber(ARGV[1]) do
  local fine, answer = pcall(call, keysOf(i), valuesOf(i))
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
  const keys = inColumns(calls.map((call) => call.keys));
  const values = inColumns(calls.map((call) => call.values));
  return runDirectly(redis, script, keys.list, [
    calls.length,
    keys.layout,
    values.layout,
    ...values.list,
  ]);
}

/** Lists of one length, with what all of them have at the same place only once. */
function inColumns<Value extends ScriptValue>(
  lists: readonly (readonly Value[])[],
): { readonly layout: string; readonly list: readonly Value[] } {
  const [first = []] = lists;
  const own: number[] = [];
  const list: Value[] = [];
  let layout = '';
  first.forEach((value, place) => {
    const isShared = lists.every((each) => each[place] === value);
    layout += isShared ? 's' : 'o';
    if (isShared) list.push(value);
    else own.push(place);
  });
  for (const each of lists) {
    for (const place of own) list.push(each[place] as Value);
  }
  return { layout, list };
}

function answersOf(answer: unknown, calls: number): readonly unknown[] {
  if (Array.isArray(answer) && answer.length === 2 * calls) return answer;
  throw new TypeError('a group of script calls was not answered as a group');
}
