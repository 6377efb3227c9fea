import type { Command } from 'commander';
import { readInstallationStatus } from '../queue/installation-status.ts';
import { systemClock } from '../runtime/clock.ts';
import { readConfig } from './context.ts';
import { openOperations } from './operations.ts';
import { statusText } from './status-text.ts';
import { addVerb, verbCall } from './verb.ts';

const watchMs = 1_000;

/** Adds `onbehalf status`. */
export function addStatusVerb(program: Command): void {
  addVerb(
    program,
    'status',
    'Show queue, workers, routes, providers, slow-downs, breakers, held sends, event backlog and memory.',
    'onbehalf status --watch',
  )
    .option('--watch', 'again every second, until Ctrl-C')
    .action(async (options: { watch?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      await using operations = await openOperations(await readConfig(globals));
      const { redis, keys, queue, now } = operations;
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      for (;;) {
        const status = await readInstallationStatus(redis, keys, queue, now());
        const lines = statusText(status, terminal.colors);
        // On a terminal the picture stands still; elsewhere each one follows the last.
        if (options.watch === true && process.stdout.isTTY && !terminal.wantsJson) {
          terminal.line('\u001b[H\u001b[2J');
        }
        for (const line of lines) terminal.line(line);
        terminal.json(status);
        if (options.watch !== true) return;
        await systemClock.sleep(watchMs, stop.signal).catch(() => undefined);
        if (stop.signal.aborted) return;
      }
    });
}
