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
      const keys: string[] = [];
      const values: ScriptValue[] = [];
      const take = (argument: Argument): void => {
        // As ioredis writes them: what is missing is an empty text.
        const value = argument ?? '';
        if (keys.length < numberOfKeys) keys.push(String(value));
        else values.push(value);
      };
      for (const each of given) {
        if (Array.isArray(each)) (each as readonly Argument[]).forEach(take);
        else take(each as Argument);
      }
      return runScript(redis, script, keys, values);
    };
    Object.assign(redis, { [name]: command });
  };
}

type Command = (...given: (Argument | readonly Argument[])[]) => unknown;
type Argument = ScriptValue | null | undefined;
