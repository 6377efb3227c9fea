import { onStopSignals } from '../runtime/shutdown.ts';

/** What {@link serve} takes. */
export interface ServeOptions {
  /** Whether to stop when the process that started this one is gone. */
  readonly stopWithParent: boolean;
  /** Stops the work in order; bounded. */
  readonly stop: () => Promise<void>;
  /** Tells the user that it runs; called when a signal is already answered in order. */
  readonly announce: () => void;
}

/**
 * Keeps a long-running verb alive: tells whoever started it (pm2 with `wait_ready`, `up`, `demo`)
 * that it is ready, and stops it in order at SIGINT, SIGTERM or pm2's `shutdown` message. Never
 * resolves: the process ends here, with 0 after an orderly stop, 1 when a second signal forces it.
 */
export async function serve(options: ServeOptions): Promise<never> {
  onStopSignals({ stop: async () => options.stop(), exit: (code) => process.exit(code) });
  process.on('message', (message) => {
    if (message === 'shutdown') process.kill(process.pid, 'SIGTERM');
  });
  if (options.stopWithParent) {
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  }
  options.announce();
  process.send?.('ready');
  return new Promise<never>(() => undefined);
}
