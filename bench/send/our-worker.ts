/**
 * Ours: one complete worker process of the built code, its options given as JSON.
 *
 * Argument: JSON of {@link OurOptions}.
 */
import type * as workerDoor from '../../src/worker/index.ts';
import type { SendWorker, WorkerOptions } from '../../src/worker/index.ts';
import { startMeter } from './meter.ts';

/** What our worker is started with. */
export interface OurOptions {
  /** Folder of the built code, as a file URL that ends in a slash. */
  readonly dist: string;
  /** What `createWorker` takes, as far as JSON carries it. */
  readonly worker: Omit<WorkerOptions, 'keyring' | 'onOutcome'>;
  /** The one key of the keyring, in hex digits. */
  readonly secretHex: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as OurOptions;
const meter = startMeter();
const { createWorker } = (await import(
  new URL('src/worker/index.js', options.dist).href
)) as typeof workerDoor;

const worker: SendWorker = await createWorker({
  ...options.worker,
  keyring: { current: 'a', keys: { a: Buffer.from(options.secretHex, 'hex') } },
  onOutcome: (event) => {
    if (event.state === 'accepted') meter.sent();
    else process.stderr.write(`ours: ${event.state} ${event.reason ?? ''}\n`);
  },
});
process.on('SIGTERM', () => {
  void worker.close().then(() => process.exit(0));
});
meter.ready();
