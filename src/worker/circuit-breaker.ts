/*
 * Says whether a relay is worth trying, from what its last trials came to:
 *
 *   closed     everything may try. A few failures in a row open it, and so does a share of failures
 *              in the last half minute, for a relay that fails every other time.
 *   open       nothing may try until a time. Each opening lasts twice as long as the one before, up
 *              to a longest one, until the relay has held out for a while.
 *   half-open  that time has passed: one trial at a time may find out. Two in a row that work close
 *              it; one that fails opens it again.
 *
 * A trial belongs to the state in which it began: what was on its way when the circuit opened says
 * nothing about whether the relay is back. A probe that never reports is given up after a while.
 */

/** When a circuit opens and closes; every field has a default. */
export interface BreakerOptions {
  /** Failures in a row that open it; default 5. */
  readonly failuresMax?: number;
  /** Share of failures in `windowMs` that opens it, from 0 to 1; default 0.5. */
  readonly failedShareMax?: number;
  /** Trials in the window before their share counts; default 20. */
  readonly trialsMin?: number;
  /** What of the past the share looks at, in milliseconds; default 30,000. */
  readonly windowMs?: number;
  /** How long the first opening lasts, in milliseconds; default 2,000. */
  readonly openMs?: number;
  /** How long an opening lasts at most, in milliseconds; default 60,000. */
  readonly openMsMax?: number;
  /** Closed for this long, the next opening is a first one again, in milliseconds; default 120,000. */
  readonly stableMs?: number;
  /** Probes in a row that close it; default 2. */
  readonly probesCount?: number;
  /** A probe that has not reported after this time is given up, in milliseconds; default 60,000. */
  readonly probeMs?: number;
}

/** Where a circuit is. */
export type CircuitState =
  | { readonly kind: 'closed'; readonly since: number }
  | {
      readonly kind: 'open' | 'half-open';
      /** When it left `closed`, ms since 1970. */
      readonly since: number;
      /** When the next trial may take place, ms since 1970. */
      readonly until: number;
      /** What the failure was that opened it. */
      readonly reason: string;
    };

/** Leave to try once. Ends with one call of any of its functions; further calls do nothing. */
export interface Trial {
  worked(): void;
  failed(reason: string): void;
  /** It did not come to a trial. */
  dropped(): void;
}

/** The circuit of one relay, in this process. */
export interface CircuitBreaker {
  /** Leave to try, or undefined where there is none now. */
  admit(): Trial | undefined;
  /** Opens it, if it is closed, for something that no trial reports. */
  trip(reason: string): void;
  /** Whether `admit()` would give leave now; changes nothing. */
  readonly admits: boolean;
  readonly state: CircuitState;
}

/** What a breaker is made from. */
export interface BreakerParts {
  readonly options?: BreakerOptions;
  /** ms since 1970. */
  readonly now: () => number;
  /** A number in [0, 1), so that processes do not all probe at the same moment. */
  readonly random: () => number;
  /** Told when the circuit leaves or reaches `closed`; must not throw. */
  readonly onChange?: (state: CircuitState) => void;
}

/** A circuit that is closed. */
export function createCircuitBreaker(parts: BreakerParts): CircuitBreaker {
  const { now, random } = parts;
  const limits = { ...defaults, ...parts.options };
  let state: CircuitState = { kind: 'closed', since: now() };
  /** Raised with each change, so that a trial knows whether it still counts. */
  let era = 0;
  let openings = 0;
  let inARow = 0;
  let probeUntil = 0;
  let tally = createTally(limits.windowMs, now());

  const open = (reason: string): void => {
    const at = now();
    if (state.kind === 'closed' && at - state.since >= limits.stableMs) openings = 0;
    const plainMs = Math.min(limits.openMs * 2 ** openings, limits.openMsMax);
    const until = at + Math.round(plainMs * (0.8 + 0.4 * random()));
    const since = state.kind === 'closed' ? at : state.since;
    const wasClosed = state.kind === 'closed';
    // Above this the plain length has long reached its longest, and 2 ** n must stay finite.
    openings = Math.min(openings + 1, 40);
    era += 1;
    state = { kind: 'open', since, until, reason };
    if (wasClosed) parts.onChange?.(state);
  };
  const close = (): void => {
    era += 1;
    inARow = 0;
    tally = createTally(limits.windowMs, now());
    state = { kind: 'closed', since: now() };
    parts.onChange?.(state);
  };
  const halfOpenWhenDue = (): void => {
    if (state.kind !== 'open' || now() < state.until) return;
    era += 1;
    inARow = 0;
    probeUntil = 0;
    state = { ...state, kind: 'half-open' };
  };

  const workedWhileClosed = (): void => {
    inARow = 0;
    tally.add(now(), false);
  };
  const failedWhileClosed = (reason: string): void => {
    inARow += 1;
    tally.add(now(), true);
    const { trials, failures } = tally.read(now());
    const tooMany = trials >= limits.trialsMin && failures / trials >= limits.failedShareMax;
    if (inARow >= limits.failuresMax || tooMany) open(reason);
  };
  const probeWorked = (): void => {
    inARow += 1;
    probeUntil = 0;
    if (inARow >= limits.probesCount) close();
  };

  const trial = (): Trial => {
    const began = era;
    const probes = state.kind === 'half-open';
    let over = false;
    const once = (end: () => void): void => {
      if (over) return;
      over = true;
      if (began === era) end();
    };
    return {
      worked: () => once(probes ? probeWorked : workedWhileClosed),
      failed: (reason) =>
        once(() => {
          if (probes) open(reason);
          else failedWhileClosed(reason);
        }),
      dropped: () =>
        once(() => {
          if (probes) probeUntil = 0;
        }),
    };
  };

  const admits = (): boolean => {
    halfOpenWhenDue();
    return state.kind === 'closed' || (state.kind === 'half-open' && now() >= probeUntil);
  };
  return {
    admit() {
      if (!admits()) return undefined;
      if (state.kind === 'half-open') {
        // The one before this never reported: what it may still say is no longer asked for.
        if (probeUntil > 0) era += 1;
        probeUntil = now() + limits.probeMs;
      }
      return trial();
    },
    trip(reason) {
      if (state.kind === 'closed') open(reason);
    },
    get admits() {
      return admits();
    },
    get state() {
      halfOpenWhenDue();
      return state;
    },
  };
}

const defaults: Required<BreakerOptions> = {
  failuresMax: 5,
  failedShareMax: 0.5,
  trialsMin: 20,
  windowMs: 30_000,
  openMs: 2_000,
  openMsMax: 60_000,
  stableMs: 120_000,
  probesCount: 2,
  probeMs: 60_000,
};

/** Counts of the current and the previous half of a window: constant memory at any rate. */
function createTally(windowMs: number, begin: number) {
  const halfMs = windowMs / 2;
  let since = begin;
  let current = { trials: 0, failures: 0 };
  let previous = { trials: 0, failures: 0 };
  const turn = (now: number): void => {
    if (now - since < halfMs && now >= since) return;
    const adjacent = now >= since && now - since < 2 * halfMs;
    previous = adjacent ? current : { trials: 0, failures: 0 };
    current = { trials: 0, failures: 0 };
    since = now;
  };
  return {
    add(now: number, failed: boolean): void {
      turn(now);
      current.trials += 1;
      if (failed) current.failures += 1;
    },
    read(now: number): { readonly trials: number; readonly failures: number } {
      turn(now);
      return {
        trials: current.trials + previous.trials,
        failures: current.failures + previous.failures,
      };
    },
  };
}
