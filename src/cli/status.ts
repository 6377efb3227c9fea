import type { Command } from 'commander';
import { readInstallationStatus, type InstallationStatus } from '../queue/installation-status.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Colors } from './colors.ts';
import { readConfig } from './context.ts';
import { openOperations } from './operations.ts';
import { bytesText, durationText, printable } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

const watchMs = 1_000;

/** Adds `onbehalf status`. */
export function addStatusVerb(program: Command): void {
  addVerb(
    program,
    'status',
    'Show queue, workers, rates, held sends, event backlog and memory.',
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

/** A status as lines of text. */
function statusText(status: InstallationStatus, colors: Colors): readonly string[] {
  const { bold, red, yellow } = colors;
  const { queue, workers, events, redis, held, releasing, oldestWaitingMs } = status;
  const alarm = (count: number, paint: (text: string) => string): string =>
    count > 0 ? paint(String(count)) : String(count);
  const oldest =
    oldestWaitingMs === undefined ? '' : `, next due for ${durationText(oldestWaitingMs)}`;
  const bound = redis.maxBytes === 0 ? '' : ` of ${bytesText(redis.maxBytes)}`;
  return [
    `${bold('Queue')}    ${queue.waiting} waiting${oldest}, ${queue.active} in work, ${queue.delayed} for later${queue.paused ? `, ${yellow('paused')}` : ''}`,
    `${bold('Trouble')}  ${alarm(held, yellow)} held, ${alarm(releasing, yellow)} being released, ${alarm(queue.failed, red)} unreadable jobs`,
    `${bold('Rate')}     ${status.rate} attempts per second`,
    `${bold('Events')}   ${events.length} in the stream${events.groups.map(({ name, unacknowledged }) => `, ${name} ${unacknowledged} behind`).join('')}`,
    `${bold('Redis')}    ${bytesText(redis.usedBytes)}${bound}`,
    workers.length === 0
      ? `${bold('Workers')}  ${red('none alive')}`
      : `${bold('Workers')}  ${workers.length}`,
    ...workers.flatMap(
      ({ pid, host, inHand, concurrency, rate, since, standsStill, routes = [] }) => [
        `  ${host}:${pid}  ${inHand}/${concurrency} in work, ${rate}/s, up ${durationText(status.at - since)}`,
        ...(standsStill === undefined
          ? []
          : [
              yellow(
                `    takes no jobs for ${durationText(status.at - standsStill.since)}: ${printable(standsStill.reason)}`,
              ),
            ]),
        ...routes
          .filter(({ state }) => state !== 'closed')
          .map(({ route, state, reason = '' }) =>
            red(`    ${route} ${state}: ${printable(reason)}`),
          ),
      ],
    ),
  ];
}
