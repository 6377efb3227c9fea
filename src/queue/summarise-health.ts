import type { RecipientProvider } from '../mail/domain-facts.ts';
import type { RouteHealth } from './route-health.ts';
import type { LiveWorker } from './worker-registry.ts';

/*
 * What the live workers see, put together. Each keeps circuits of its own, so a route may be in
 * order for one and out of order for another.
 */

/** A route as all workers together see it. */
export interface RouteSummary {
  readonly route: string;
  /** How many workers see it in which state. */
  readonly workers: Readonly<Record<RouteHealth['state'], number>>;
  /** What the failure was, of one worker that sees it out of order. */
  readonly reason?: string;
  readonly inHand: number;
  /** Submissions since those workers began that showed it working, and not working. */
  readonly workedCount: number;
  readonly failedCount: number;
}

/** How relays answered for mails to one recipient provider, over about the last minute. */
export interface ProviderSummary {
  readonly provider: RecipientProvider;
  /** Answers per second. */
  readonly rate: number;
  readonly answeredCount: number;
  readonly deferredCount: number;
  /** Share of the answers that refuse for now, 0 to 1. */
  readonly deferredShare: number;
}

/** The routes of all workers, by name. */
export function summariseRoutes(workers: readonly LiveWorker[]): readonly RouteSummary[] {
  const found = new Map<string, RouteHealth[]>();
  for (const health of workers.flatMap(({ routes = [] }) => routes)) {
    found.set(health.route, [...(found.get(health.route) ?? []), health]);
  }
  return [...found].toSorted(byName).map(([route, seen]): RouteSummary => {
    const count = (state: RouteHealth['state']): number =>
      seen.filter((health) => health.state === state).length;
    const reason = seen.find((health) => health.reason !== undefined)?.reason;
    return {
      route,
      workers: { closed: count('closed'), open: count('open'), 'half-open': count('half-open') },
      ...(reason === undefined ? {} : { reason }),
      inHand: sum(seen.map((health) => health.inHand)),
      workedCount: sum(seen.map((health) => health.workedCount)),
      failedCount: sum(seen.map((health) => health.failedCount)),
    };
  });
}

/** The providers that mails went to lately, by name. */
export function summariseProviders(workers: readonly LiveWorker[]): readonly ProviderSummary[] {
  const found = new Map<RecipientProvider, { rate: number; answered: number; deferred: number }>();
  for (const health of workers.flatMap(({ providers = [] }) => providers)) {
    const { provider, overMs, answeredCount, deferredCount } = health;
    const before = found.get(provider) ?? { rate: 0, answered: 0, deferred: 0 };
    found.set(provider, {
      rate: before.rate + (answeredCount / overMs) * 1000,
      answered: before.answered + answeredCount,
      deferred: before.deferred + deferredCount,
    });
  }
  return [...found].toSorted(byName).map(([provider, { rate, answered, deferred }]) => ({
    provider,
    rate: Math.round(rate * 10) / 10,
    answeredCount: answered,
    deferredCount: deferred,
    deferredShare: answered === 0 ? 0 : Math.round((deferred / answered) * 1000) / 1000,
  }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
