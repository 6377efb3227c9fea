import type { Command } from 'commander';
import { createLimitState, openMaxOf, recoveredAt } from '../queue/limit-state.ts';
import { wakeSlowed } from '../queue/wake-slowed.ts';
import { systemClock } from '../runtime/clock.ts';
import { validationError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { openOperations } from './operations.ts';
import { slowedText } from './status-text.ts';
import { printable } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** Workers know of what has changed after half a second. */
const learnMs = 1_000;

/** Adds `onbehalf slowdown list|end`. */
export function addSlowdownVerb(program: Command): void {
  const slowdown = program
    .command('slowdown')
    .description('What servers told us to slow down, and ending that.');

  addVerb(
    slowdown,
    'list',
    'List what is slowed down, until when, and how far it has come back.',
    'onbehalf slowdown list',
  ).action(async (_options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    await using operations = await openOperations(await readConfig(globals));
    const { redisNow, slowed } = await createLimitState(operations.redis, operations.keys).read();
    for (const [key, slow] of slowed) {
      const openMax = openMaxOf(slow, redisNow);
      const entry = { ...slow, openMax, recoveredAt: recoveredAt(slow) };
      terminal.line(`${printable(key)}  ${slowedText(entry, redisNow)}`);
      terminal.json({ key, ...entry });
    }
    if (slowed.size === 0) terminal.line('Nothing is slowed down.');
  });

  addVerb(
    slowdown,
    'end [keys...]',
    'End slow-downs at once; mails that wait for them are due again.',
    'onbehalf slowdown end provider/main/gmail',
  )
    .option('--all', 'all that there are now')
    .action(async (named: string[], options: { all?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      await using operations = await openOperations(await readConfig(globals));
      const state = createLimitState(operations.redis, operations.keys);
      const all = options.all === true ? [...(await state.read()).slowed.keys()] : [];
      const keys = [...new Set([...named, ...all])];
      if (keys.length === 0 && options.all !== true) {
        const problem = { field: 'keys', message: 'name at least one, or use --all' };
        throw validationError('INVALID_INPUT', 'slowdown end', [problem]);
      }
      const ended = new Map<string, boolean>();
      for (const key of keys) ended.set(key, await state.endSlowDown(key));
      // A worker that does not know yet would put off again what is woken now.
      if (keys.length > 0) await systemClock.sleep(learnMs);
      for (const [key, wasSlowed] of ended) {
        const woken = await wakeSlowed(operations, key);
        const what = wasSlowed ? 'ended' : 'was not slowed down';
        terminal.line(`${printable(key)}  ${what}; ${woken} mails that waited are due`);
        terminal.json({ key, ended: wasSlowed, woken });
        if (!wasSlowed) process.exitCode = 1;
      }
    });
}
