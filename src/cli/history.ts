import type { Command } from 'commander';
import { createLiveClassifier } from '../config/live-classifier.ts';
import { createHistory } from '../history/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { historyOptions, processLogger, readConfig, redisUrlOf } from './context.ts';
import { serve } from './serve.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf history`. */
export function addHistoryVerb(program: Command): void {
  addVerb(
    program,
    'history',
    'Run the history consumer until it is stopped; one per database.',
    'ONBEHALF_MAILBOX_URL=imaps://dropbox@mail.example ONBEHALF_MAILBOX_PASSWORD=… onbehalf history',
  )
    .option('--stop-with-parent', 'stop when the process that started this one ends')
    .option('--migrate', 'bring the database to the current schema first')
    .action(async (options: { stopWithParent?: boolean; migrate?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const config = await readConfig(globals);
      const logger = processLogger(config, 'history');
      const redisUrl = await redisUrlOf(config);
      using classifier = createLiveClassifier({ ...config.bounces, clock: systemClock, logger });
      const history = await createHistory({
        ...(await historyOptions(config, redisUrl, logger)),
        bounceRules: () => classifier.rules,
        migrate: options.migrate === true,
      });
      await serve({
        stopWithParent: options.stopWithParent === true,
        stop: async () => {
          classifier.close();
          await history.close();
        },
        announce: () => terminal.json({ ready: true, pid: process.pid }),
      });
    });
}
