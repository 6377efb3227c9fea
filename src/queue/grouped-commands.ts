import type { Redis } from 'ioredis';
import { defineScript, runScript, type ScriptValue } from './script.ts';

/**
 * Lets scripts that a library defines as commands of a connection go the way of ours (`runScript`), so
 * in groups where ours do: BullMQ defines its scripts like that (`defineCommand` of ioredis), and
 * calls each as a command of its own. The text of the scripts is the library's, and each call of them is
 * what it was alone. Holds for what is defined from now on; in a pipeline or a MULTI they are as before.
 *
 * @param isGrouped which commands, by name
 */
export function groupDefinedCommands(redis: Redis, isGrouped: (name: string) => boolean): void {
  const define = redis.defineCommand.bind(redis);
  redis.defineCommand = (name, definition) => {
    define(name, definition);
    const { numberOfKeys } = definition;
    if (numberOfKeys === undefined || !isGrouped(name)) return;
    const script = defineScript(definition.lua);
    const defined = (redis as unknown as Readonly<Record<string, Command>>)[name];
    const command: Command = function (this: unknown, ...given) {
      // A pipeline copies the commands of its connection, and calls them with itself as `this`.
      if (this !== redis) return defined?.apply(this, given);
      const values = given.flat().map(asValue);
      const keys = values.slice(0, numberOfKeys).map(String);
      return runScript(redis, script, keys, values.slice(numberOfKeys));
    };
    Object.assign(redis, { [name]: command });
  };
}

type Command = (...given: (Argument | readonly Argument[])[]) => unknown;
type Argument = ScriptValue | null | undefined;

/** As ioredis writes them: what is missing is an empty text. */
function asValue(argument: Argument): ScriptValue {
  return argument ?? '';
}
