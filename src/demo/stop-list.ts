/** What has been started and must be stopped, however the work ends. */
export interface StopList {
  /** Registers how to stop something; what was started last is stopped first. */
  add(stop: () => Promise<void> | void): void;
  /**
   * Stops everything, even when some of it fails; the same promise for every caller.
   *
   * @throws AggregateError when something could not be stopped
   */
  stopAll(): Promise<void>;
}

/** An empty list. */
export function createStopList(): StopList {
  const stops: (() => Promise<void> | void)[] = [];
  const run = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be stopped');
  };
  let stopping: Promise<void> | undefined;
  return {
    add: (stop) => void stops.push(stop),
    stopAll: async () => (stopping ??= run()),
  };
}
