import type { Command } from 'commander';
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
      const worker = await createWorker(await workerOptions(config, redisUrl, logger));
      await serve({
        stopWithParent: options.stopWithParent === true,
        stop: async () => worker.close(),
        announce: () => terminal.json({ ready: true, pid: process.pid }),
      });
    });
}
