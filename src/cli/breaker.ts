import type { Command } from 'commander';
import { breakerText, closeBreaker, readBreakers } from '../queue/breakers.ts';
import { wakeHeldByBreaker } from '../queue/wake-slowed.ts';
import { systemClock } from '../runtime/clock.ts';
import { validationError } from '../runtime/errors.ts';
import { readConfig } from './context.ts';
import { openOperations } from './operations.ts';
import { printable, timeText } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** A worker that had asked just before a reset has put its send off after this time. */
const settleMs = 1_000;

/** Adds `onbehalf breaker list|reset`. */
export function addBreakerVerb(program: Command): void {
  const breaker = program
    .command('breaker')
    .description('Senders and campaigns whose mail is held for complaints or refusals as spam.');

  addVerb(
    breaker,
    'list',
    'List breakers that have tripped, why and since when.',
    'onbehalf breaker list',
  ).action(async (_options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    await using operations = await openOperations(await readConfig(globals));
    const { tripped } = await readBreakers(operations.redis, operations.keys);
    for (const each of tripped) {
      terminal.line(`${printable(each.name)}  ${terminal.colors.dim(timeText(each.since))}`);
      terminal.line(`  ${printable(breakerText(each))}`);
      terminal.json({ ...each });
    }
    if (tripped.length === 0) terminal.line('No breaker has tripped.');
  });

  addVerb(
    breaker,
    'reset [names...]',
    'Let held mail go again, and begin to count anew; what waited is due at once.',
    'onbehalf breaker reset default/sender/jane@acme.example',
  )
    .option('--all', 'all that have tripped')
    .action(async (named: string[], options: { all?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      await using operations = await openOperations(await readConfig(globals));
      const { redis, keys } = operations;
      const all = options.all === true ? (await readBreakers(redis, keys)).tripped : [];
      const names = [...new Set([...named, ...all.map(({ name }) => name)])];
      if (names.length === 0 && options.all !== true) {
        const problem = { field: 'names', message: 'name at least one, or use --all' };
        throw validationError('INVALID_INPUT', 'breaker reset', [problem]);
      }
      const had = new Map<string, boolean>();
      for (const name of names) had.set(name, await closeBreaker(redis, keys, name));
      if (names.length > 0) await systemClock.sleep(settleMs);
      for (const [name, wasTripped] of had) {
        // Also where it had not tripped: whoever reset it may have died before this.
        const woken = await wakeHeldByBreaker(operations, name);
        const what = wasTripped ? 'reset' : 'had not tripped';
        terminal.line(`${printable(name)}  ${what}; ${woken} mails that waited are due`);
        terminal.json({ name, reset: wasTripped, woken });
        if (!wasTripped) process.exitCode = 1;
      }
    });
}
