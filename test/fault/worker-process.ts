/**
 * A send worker in a process of its own. Its options come as JSON in the first argument; it tells
 * its parent when it takes jobs, and of each outcome where that is wanted. It ends in good order at
 * SIGTERM, and at once when its parent is gone.
 *
 * Exit codes: 0 ended in good order, 1 could not, 3 Redis was not there at the start.
 */
import { codeOf, messageOf } from '../../src/runtime/errors.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { onStopSignals } from '../../src/runtime/shutdown.ts';
import { createWorker, type SendWorker } from '../../src/worker/index.ts';
import type { WorkerMessage, WorkerProcessOptions } from './spawn-worker.ts';
import { watchEventLoop } from './standstills.ts';

const { tellOutcomes, secretHex, logLevel, ...options } = JSON.parse(
  process.argv[2] ?? '{}',
) as WorkerProcessOptions;

const tell = (message: WorkerMessage): void => {
  // The parent may end first; then there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};
process.on('disconnect', () => process.exit(1));

const logger = createLogger({ level: logLevel ?? 'error', fields: { pid: process.pid } });
let worker: SendWorker;
try {
  worker = await createWorker({
    ...options,
    keyring: { current: 'a', keys: { a: Buffer.from(secretHex, 'hex') } },
    logger,
    onOutcome: (event) => {
      if (tellOutcomes === true) tell({ kind: 'outcome', event });
    },
  });
} catch (error) {
  tell({ kind: 'refused', code: codeOf(error) ?? 'none', message: messageOf(error) });
  process.exit(codeOf(error) === 'REDIS_UNAVAILABLE' ? 3 : 1);
}
onStopSignals({ stop: async () => worker.close(), exit: (code) => process.exit(code) });
watchEventLoop(options.lockMs ?? 30_000, (standstill) => tell({ kind: 'stood-still', standstill }));
tell({ kind: 'ready' });
