/** What {@link onStopSignals} takes. */
export interface StopSignalOptions {
  /** Called once, at the first signal; its end lets the process exit. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
  /** Called when the process should end: after `stop`, or at once at the second signal. */
  readonly exit: (code: number) => void;
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns SIGINT and SIGTERM into one bounded stop: the first signal starts it, a second one forces
 * the end with exit code 1.
 *
 * @returns a function that takes the listeners away again
 */
export function onStopSignals(options: StopSignalOptions): () => void {
  let stopping = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (stopping) {
      options.exit(1);
      return;
    }
    stopping = true;
    options.stop(signal).then(
      () => options.exit(0),
      () => options.exit(1),
    );
  };
  for (const signal of stopSignals) process.on(signal, listener);
  return () => {
    for (const signal of stopSignals) process.off(signal, listener);
  };
}
