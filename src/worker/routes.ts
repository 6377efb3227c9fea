import type { AttemptEnd } from '../bounces/classify-attempt.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { RouteHealth } from '../queue/route-health.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import {
  createCircuitBreaker,
  type BreakerOptions,
  type CircuitBreaker,
  type CircuitState,
} from './circuit-breaker.ts';
import { evidenceOf, type RouteEvidence } from './route-evidence.ts';
import { drawOrder, routeFilter, type RoutedSend } from './route-rules.ts';
import type { Route } from './route.ts';
import type { SubmitOutcome } from './submission.ts';

/*
 * Which relay a send goes over. Of the routes that may take it, those of the lowest priority number
 * are drawn by weight; one whose circuit is open is passed over, and the next takes its place. A
 * relay that is down so costs a send nothing but a look at the next one:
 *
 *   1. pick a route; none? The answer says until when to wait, or why there will never be one.
 *   2. submit over it, and report how that ended.
 *   3. out of order before it heard of the mail (`wasOutOfOrder`)? Or cannot the mail go this way
 *      (`unsendable`)? Note the route as tried, and pick again; no attempt is counted.
 *
 * A relay may also fall silent in the middle of transactions, for minutes, and everything that this
 * process may have in hand would gather in front of it. So a route whose connections are all taken,
 * and none of which has come to an end for a while, is out of order as well.
 */

/** A route that a send has been tried on, and what came of it. */
export interface TriedRoute {
  readonly name: string;
  /**
   * `down`: out of order; `unsendable`: the mail cannot go there, ever; `refused`: it answered, and
   * others are to be asked first.
   */
  readonly why: 'down' | 'unsendable' | 'refused';
  readonly reason: string;
  /** What the relay would have said of a mail that cannot go there. */
  readonly reply?: SmtpReply;
}

/** What {@link Routes.pick} goes by. */
export interface RouteAsk extends RoutedSend {
  /** Routes to leave out; default none. */
  readonly tried?: readonly TriedRoute[];
  /** Name of a route to take if it is in order, before all others: greylisting remembers who asked. */
  readonly prefer?: string;
}

/** What {@link Routes.pick} answers. */
export type RouteChoice =
  | {
      readonly kind: 'use';
      readonly route: Route;
      /** Tells how it ended; exactly one call of this or `release`. */
      readonly report: (outcome: SubmitOutcome, end?: AttemptEnd) => void;
      /** The send did not come to a submission. */
      readonly release: () => void;
    }
  /** Those that may take it are out of order: look again at this time, ms since 1970. */
  | { readonly kind: 'later'; readonly at: number; readonly reason: string }
  /** No route will ever take it. */
  | { readonly kind: 'nowhere'; readonly reason: string };

/** What {@link Routes.readiness} says. */
export type RoutesReadiness =
  /** Some route is in order. */
  | { readonly kind: 'up' }
  /** None is; so many are to be tried, with one send each. */
  | { readonly kind: 'probing'; readonly probes: number }
  /** None is, and none may be tried before this time, ms since 1970. */
  | { readonly kind: 'down'; readonly until: number; readonly reason: string };

/** The relays of this process. */
export interface Routes {
  readonly all: readonly Route[];
  /** Chooses a route for a send. */
  pick(ask: RouteAsk): RouteChoice;
  /** Whether `pick` would find a route now. */
  has(ask: RouteAsk): boolean;
  /** Whether it is worth taking jobs now. */
  readonly readiness: RoutesReadiness;
  health(): readonly RouteHealth[];
}

/** What {@link createRoutes} takes. */
export interface RoutesParts {
  /** At least one. */
  readonly routes: readonly Route[];
  readonly clock: Pick<Clock, 'now'>;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly breaker?: BreakerOptions;
  /**
   * With all its connections taken, a route that brings nothing to an end for this time is out of
   * order, in milliseconds; default 60,000.
   */
  readonly stalledMs?: number;
}

interface Member {
  readonly route: Route;
  readonly takes: (send: RoutedSend) => boolean;
  readonly breaker: CircuitBreaker;
  inHand: number;
  /** When the relay brought something to an end last, or began while nothing was in hand; ms since 1970. */
  movedAt: number;
  workedCount: number;
  failedCount: number;
}

/** While a probe is out, or a route has just failed, others come back after about this time, in milliseconds. */
const soonMs = 2_000;

/** Keeps the health of routes and chooses among them. */
export function createRoutes(parts: RoutesParts): Routes {
  const { clock, random, logger } = parts;
  const members = parts.routes.map((route): Member => {
    const breaker = createCircuitBreaker({
      now: () => clock.now(),
      random,
      onChange: (state) => logChange(logger, route, state),
      ...(parts.breaker === undefined ? {} : { options: parts.breaker }),
    });
    const counts = { inHand: 0, movedAt: clock.now(), workedCount: 0, failedCount: 0 };
    return { route, takes: routeFilter(route), breaker, ...counts };
  });

  const tripIfStalled = ({ route, breaker, inHand, movedAt }: Member): void => {
    const silentMs = clock.now() - movedAt;
    if (inHand < route.connectionsMax || silentMs < (parts.stalledMs ?? 60_000)) return;
    breaker.trip(
      `${inHand} in hand, and none came to an end for ${Math.round(silentMs / 1_000)} s`,
    );
  };

  const use = (member: Member): RouteChoice | undefined => {
    tripIfStalled(member);
    const trial = member.breaker.admit();
    if (trial === undefined) return undefined;
    if (member.inHand === 0) member.movedAt = clock.now();
    member.inHand += 1;
    let over = false;
    const end = (evidence: RouteEvidence): void => {
      if (over) return;
      over = true;
      member.inHand -= 1;
      // What never reached the relay is no sign of life.
      if (evidence.kind !== 'nothing') member.movedAt = clock.now();
      switch (evidence.kind) {
        case 'works':
          member.workedCount += 1;
          return trial.worked();
        case 'fails':
          member.failedCount += 1;
          return trial.failed(evidence.reason);
        case 'nothing':
          return trial.dropped();
      }
    };
    return {
      kind: 'use',
      route: member.route,
      report: (outcome, ended) => end(evidenceOf(outcome, ended)),
      release: () => end({ kind: 'nothing' }),
    };
  };

  /** Those that may take it and have not been tried, in order or not. */
  const candidatesFor = ({ tried = [], ...send }: RouteAsk): readonly Member[] =>
    members.filter(
      (member) => tried.every(({ name }) => name !== member.route.name) && member.takes(send),
    );

  const laterAt = (untilOf: readonly number[]): number => {
    const now = clock.now();
    const wait = Math.max(soonMs, Math.min(...untilOf) - now);
    // Spread over as long again, at most a minute, so that a backlog does not return all at once.
    return now + wait + Math.round(Math.min(wait, 60_000) * random());
  };

  const later = (down: readonly Member[], tried: readonly TriedRoute[]): RouteChoice => {
    const now = clock.now();
    const states = down.map(({ breaker }) => breaker.state);
    const at = laterAt(states.map((state) => (state.kind === 'open' ? state.until : now)));
    return { kind: 'later', at, reason: downReason(down, tried) };
  };

  return {
    all: parts.routes,
    pick(ask) {
      const tried = ask.tried ?? [];
      const candidates = candidatesFor(ask);
      const preferred = candidates.filter(({ route }) => route.name === ask.prefer);
      for (const member of [...preferred, ...drawOrder(candidates, random)]) {
        const choice = use(member);
        if (choice !== undefined) return choice;
      }
      const triedAs = (why: TriedRoute['why']): readonly Member[] =>
        members.filter(({ route }) =>
          tried.some((each) => each.name === route.name && each.why === why),
        );
      // All others have been asked, or are out of order: it must not wait for them for ever.
      for (const member of drawOrder(triedAs('refused'), random)) {
        const choice = use(member);
        if (choice !== undefined) return choice;
      }
      const down = [...candidates, ...triedAs('down'), ...triedAs('refused')];
      if (down.length > 0) return later(down, tried);
      return { kind: 'nowhere', reason: nowhereReason(ask, tried) };
    },
    has: (ask) => candidatesFor(ask).some(({ breaker }) => breaker.admits),
    get readiness(): RoutesReadiness {
      // Asked after each send.
      for (const { breaker } of members) if (breaker.state.kind === 'closed') return up;
      const probes = members.filter(({ breaker }) => breaker.state.kind === 'half-open').length;
      if (probes > 0) return { kind: 'probing', probes };
      const untilOf = members.map(({ breaker: { state } }) =>
        state.kind === 'open' ? state.until : 0,
      );
      return { kind: 'down', until: Math.min(...untilOf), reason: downReason(members, []) };
    },
    health: () =>
      members.map(({ route, breaker: { state }, inHand, workedCount, failedCount }) => ({
        route: route.name,
        state: state.kind,
        since: state.since,
        ...(state.kind === 'closed' ? {} : { until: state.until, reason: state.reason }),
        inHand,
        workedCount,
        failedCount,
      })),
  };
}

const up: RoutesReadiness = { kind: 'up' };

function downReason(down: readonly Member[], tried: readonly TriedRoute[]): string {
  const reasons = down.map(({ route, breaker: { state } }) => {
    const said = tried.find(({ name }) => name === route.name)?.reason;
    return `${route.name}: ${state.kind === 'closed' ? (said ?? 'out of order') : state.reason}`;
  });
  return `no route takes mail now (${reasons.join('; ')})`;
}

function nowhereReason({ from, kind }: RouteAsk, tried: readonly TriedRoute[]): string {
  if (tried.length === 0) return `no route takes mail of kind "${kind}" from ${from}`;
  const [only] = tried;
  if (tried.length === 1 && only !== undefined) return only.reason;
  return `no route takes it (${tried.map(({ name, reason }) => `${name}: ${reason}`).join('; ')})`;
}

function logChange(logger: Logger, route: Route, state: CircuitState): void {
  if (state.kind === 'closed') return logger.info('route-up', { route: route.name });
  logger.warn('route-down', { route: route.name, reason: state.reason, until: state.until });
}
