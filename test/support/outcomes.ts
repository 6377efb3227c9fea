import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';

/** Collects outcome events and lets a test wait for some. */
export interface OutcomeLog {
  /** Give it to a worker as `onOutcome`. */
  readonly listen: (event: OutcomeEvent) => void;
  readonly events: readonly OutcomeEvent[];
  /** Resolves when the predicate holds; asked after each event. */
  waitFor(predicate: (events: readonly OutcomeEvent[]) => boolean): Promise<void>;
  /** Resolves with the first event of that state. */
  waitForState(state: OutcomeEvent['state'], count?: number): Promise<readonly OutcomeEvent[]>;
}

/** An empty log. */
export function outcomeLog(): OutcomeLog {
  const events: OutcomeEvent[] = [];
  const waiters = new Set<() => void>();
  const waitFor: OutcomeLog['waitFor'] = async (predicate) => {
    if (predicate(events)) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!predicate(events)) return;
        waiters.delete(check);
        resolve();
      };
      waiters.add(check);
    });
  };
  return {
    listen: (event) => {
      events.push(event);
      for (const check of waiters) check();
    },
    events,
    waitFor,
    async waitForState(state, count = 1) {
      const found = (): readonly OutcomeEvent[] => events.filter((each) => each.state === state);
      await waitFor(() => found().length >= count);
      return found();
    },
  };
}
