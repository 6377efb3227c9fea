import { backoffMs } from '../runtime/backoff.ts';
import { systemClock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { startChild, type Child } from './child-process.ts';

/** One process of the group. */
export interface GroupPart {
  readonly name: string;
  readonly args: readonly string[];
}

/** What {@link keepRunning} takes. */
export interface GroupOptions {
  readonly parts: readonly GroupPart[];
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Gets each line that the processes log. */
  readonly onLine: (line: string) => void;
}

/** Processes that are started again when they end by themselves. */
export interface ProcessGroup {
  /** Stops all of them in order and waits. */
  stop(): Promise<void>;
}

const restartPlan = { baseMs: 500, capMs: 30_000 };
const healthyMs = 60_000;

/**
 * Starts processes and keeps them running: one that ends by itself comes back after a wait that
 * grows while it keeps ending.
 *
 * @throws OnbehalfError `SERVER_FAILED` when one does not even start the first time; the others are
 *   stopped then
 */
export async function keepRunning(options: GroupOptions): Promise<ProcessGroup> {
  const { environment, logger, onLine } = options;
  const stopping = new AbortController();
  const children = new Map<string, Child>();

  const start = async ({ name, args }: GroupPart): Promise<Child> => {
    const child = await startChild({ name, args, environment, onLine });
    children.set(name, child);
    return child;
  };
  const watch = async (part: GroupPart, first: Child): Promise<void> => {
    let child = first;
    let failures = 0;
    for (;;) {
      const startedAt = systemClock.now();
      const code = await child.ended;
      children.delete(part.name);
      if (stopping.signal.aborted) return;
      failures = systemClock.now() - startedAt > healthyMs ? 1 : failures + 1;
      logger.error('process-ended', { name: part.name, code, failures });
      const next = await startAgain(part, failures);
      if (next === undefined) return;
      child = next;
    }
  };
  const startAgain = async (part: GroupPart, failures: number): Promise<Child | undefined> => {
    for (let tries = failures; !stopping.signal.aborted; tries += 1) {
      const waitMs = backoffMs(restartPlan, tries, Math.random());
      await swallow(systemClock.sleep(waitMs, stopping.signal), 'stopped while waiting to restart');
      if (stopping.signal.aborted) return undefined;
      try {
        return await start(part);
      } catch (error) {
        logger.error('process-restart-failed', { name: part.name, error: messageOf(error) });
      }
    }
    return undefined;
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([...children.values()].map(async (child) => child.stop()));
  };

  const started = await Promise.allSettled(options.parts.map(async (part) => start(part)));
  const failure = started.find((each) => each.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const watching = options.parts.map(async (part) => {
    const child = children.get(part.name);
    if (child !== undefined) await watch(part, child);
  });
  return {
    async stop() {
      await stop();
      await Promise.all(watching);
      // One that was just coming back while we stopped.
      await stop();
    },
  };
}
