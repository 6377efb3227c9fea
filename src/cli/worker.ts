import type { Command } from 'commander';
import { createLiveClassifier } from '../config/live-classifier.ts';
import { systemClock } from '../runtime/clock.ts';
import { createWorker } from '../worker/index.ts';
import { processLogger, readConfig, redisUrlOf, workerOptions } from './context.ts';
import { serve } from './serve.ts';
import { addVerb, verbCall } from './verb.ts';

/** Adds `onbehalf worker`. */
export function addWorkerVerb(program: Command): void {
  addVerb(
    program,
    'worker',
    'Run one send worker until it is stopped; run as many as you need.',
    'REDIS_URL=redis://10.0.0.5 ONBEHALF_RELAY_URL=smtp://relay.example:587 onbehalf worker',
  )
    .option('--stop-with-parent', 'stop when the process that started this one ends')
    .action(async (options: { stopWithParent?: boolean }, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const config = await readConfig(globals);
      const logger = processLogger(config, 'worker');
      const redisUrl = await redisUrlOf(config);
      using classifier = createLiveClassifier({ ...config.bounces, clock: systemClock, logger });
      const made = await workerOptions(config, redisUrl, logger);
      const worker = await createWorker({ ...made, classifier });
      await serve({
        stopWithParent: options.stopWithParent === true,
        stop: async () => {
          classifier.close();
          await worker.close();
        },
        announce: () => terminal.json({ ready: true, pid: process.pid }),
      });
    });
}
