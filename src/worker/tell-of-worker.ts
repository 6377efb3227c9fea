import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import type { KeyNames } from '../queue/key-names.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { RouteHealth } from '../queue/route-health.ts';
import {
  startHeartbeat,
  type Heartbeat,
  type ProviderHealth,
  type StandStill,
} from '../queue/worker-registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** What {@link tellOfWorker} takes. */
export interface WorkerParts {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends in work at once, at most. */
  readonly concurrency: number;
  /** Sends in work now. */
  readonly inHand: () => number;
  /** How its routes are. */
  readonly routes?: () => readonly RouteHealth[];
  /** How submissions to providers ended lately. */
  readonly providers?: () => readonly ProviderHealth[];
  /** Why it takes no jobs now. */
  readonly standsStill?: () => StandStill | undefined;
  /** Why its bounce rules are older than they should be. */
  readonly rulesProblem?: () => string | undefined;
}

/** A worker in the list of live workers. */
export interface ToldWorker extends Heartbeat {
  /** Counts the end of an attempt. */
  count(event: Pick<OutcomeEvent, 'result' | 'state'>): void;
}

/** Puts this worker on the list of live workers until it is stopped. */
export function tellOfWorker(parts: WorkerParts): ToldWorker {
  const { concurrency, inHand, routes, clock } = parts;
  const ended: Record<string, number> = {};
  let lastEndAt: number | undefined;
  const heartbeat = startHeartbeat({
    ...parts,
    worker: { id: randomBytes(8).toString('hex'), pid: process.pid, host: hostname() },
    note: () => {
      const standsStill = parts.standsStill?.();
      const rulesProblem = parts.rulesProblem?.();
      return {
        inHand: inHand(),
        concurrency,
        ended: { ...ended },
        ...(lastEndAt === undefined ? {} : { lastEndAt }),
        ...(routes === undefined ? {} : { routes: routes() }),
        ...(parts.providers === undefined ? {} : { providers: parts.providers() }),
        ...(standsStill === undefined ? {} : { standsStill }),
        ...(rulesProblem === undefined ? {} : { rulesProblem }),
      };
    },
  });
  return {
    ...heartbeat,
    count({ result, state }) {
      const name = result ?? state;
      ended[name] = (ended[name] ?? 0) + 1;
      lastEndAt = clock.now();
    },
  };
}
