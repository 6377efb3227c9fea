import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import {
  openLane,
  type Lane,
  type LaneOpening,
  type Submission,
  type SubmitOutcome,
} from './lane.ts';
import type { Route } from './route.ts';

/*
 * The connections of this process to one relay, and who goes over which. A submission takes, in this
 * order: an idle connection; a new one, while there may be more; the place behind another one on a
 * connection that chains; else it waits. When a connection that had carried mail before breaks
 * without a byte of the body sent, that is the connection's own end and not the mail's: the
 * submission goes over a new connection, once, and never hears of it.
 */

/** The connections of this process to one relay. */
export interface Lanes {
  /** Submits over a free connection, or a new one, or waits for one; never rejects. */
  submit(submission: Submission): Promise<SubmitOutcome>;
  /**
   * From now on new connections must be encrypted, also where the route does not ask for it; those
   * that are not are used no more. False where that changes nothing: the route asks for it already, or
   * the relay was found unable to.
   */
  demandTls(): boolean;
  /** Cuts all connections; what waits or runs ends as `interrupted` or, its body begun, `broken`. */
  abort(reason: string): void;
  /** Says goodbye on all idle connections; call it when nothing runs any more. */
  close(): void;
  /** How many connections are open. */
  readonly open: number;
  /** How many submissions it takes at once; more wait. */
  readonly capacity: number;
}

/** A connection with what is on it. */
interface Place {
  readonly lane: Lane;
  inHand: number;
  /** Not to be given anything more. */
  outdated?: true;
  idleTimer?: NodeJS.Timeout;
}

/** A submission that waits, or runs. */
interface Errand {
  readonly submission: Submission;
  readonly resolve: (outcome: SubmitOutcome) => void;
  /** It has lost a connection already: only a new one will do, and its loss counts. */
  readonly again?: true;
}

/** Chained submissions lost in a row after which the relay is taken not to bear chaining. */
const chainLossesMax = 3;

/** Opens and reuses up to `route.connectionsMax` connections. */
export function createLanes(
  route: Route,
  open: (route: Route) => Promise<LaneOpening> = openLane,
): Lanes {
  const places = new Set<Place>();
  const waiting: Errand[] = [];
  let opening = 0;
  let chainLosses = 0;
  let chaining = route.chaining === 'auto';
  let aborted: string | undefined;
  /** Whether TLS is demanded beyond what the route says; `vain` where the relay cannot. */
  let tls: 'as-routed' | 'demanded' | 'vain' = 'as-routed';

  /** Gives out what waits, as far as there is room. */
  const giveOut = (): void => {
    for (;;) {
      const errand = waiting[0];
      if (errand === undefined) return;
      const place = roomFor(errand);
      if (place === undefined) return;
      waiting.shift();
      if (place === 'new') void runOnNew(errand);
      else void run(place, errand);
    }
  };

  const roomFor = (errand: Errand): Place | 'new' | undefined => {
    let chainable: Place | undefined;
    let spare: Place | undefined;
    for (const place of places) {
      if (!place.lane.usable) {
        if (place.inHand === 0) forget(place);
        continue;
      }
      if (place.outdated === true) continue;
      if (place.inHand === 0) {
        if (errand.again === undefined) return place;
        spare ??= place;
      } else if (chaining && place.inHand === 1 && place.lane.chains) {
        chainable ??= place;
      }
    }
    const mayOpen = places.size + opening < route.connectionsMax;
    if (errand.again === undefined) return mayOpen ? 'new' : chainable;
    if (mayOpen) return 'new';
    if (spare === undefined) return undefined;
    retire(spare);
    return 'new';
  };

  const run = async (place: Place, errand: Errand): Promise<void> => {
    const { lane } = place;
    clearTimeout(place.idleTimer);
    place.inHand += 1;
    const chained = place.inHand > 1;
    // Served round robin: the one that was given something last is chosen last.
    places.delete(place);
    places.add(place);
    const outcome = await lane.submit(errand.submission);
    place.inHand -= 1;
    if (lane.outOfStep) chaining = false;
    if (!lane.usable) forget(place);
    else if (place.inHand === 0 && place.outdated === true) retire(place);
    else if (place.inHand === 0) rest(place);
    const lost = outcome.kind === 'broken' && !outcome.bodyBegun;
    if (chained) {
      chainLosses = lost ? chainLosses + 1 : 0;
      if (chainLosses >= chainLossesMax) chaining = false;
    }
    const again = lost && (chained || lane.carried > 1) && errand.again === undefined;
    if (again && aborted === undefined) waiting.unshift({ ...errand, again: true });
    else errand.resolve(outcome);
    giveOut();
  };

  const runOnNew = async (errand: Errand): Promise<void> => {
    opening += 1;
    const result = await openOrBroken();
    opening -= 1;
    if (result.kind === 'open') {
      const place: Place = { lane: result.lane, inHand: 0 };
      places.add(place);
      if (aborted === undefined) {
        const done = run(place, errand);
        // What waits may ride behind it.
        giveOut();
        return done;
      }
      forget(place);
      place.lane.abort(aborted);
    }
    if (aborted !== undefined) errand.resolve(interrupted(aborted));
    else if (result.kind === 'session-refused') errand.resolve(result);
    else if (result.kind === 'broken') {
      const { reason } = result;
      errand.resolve({
        kind: 'broken',
        bodyBegun: false,
        mayHaveArrived: false,
        noSession: true,
        reason,
      });
    }
    giveOut();
  };

  const openOrBroken = async (): Promise<LaneOpening> => {
    try {
      if (tls !== 'demanded') return await open(route);
      const secured = await open({ ...route, requireTls: true });
      if (secured.kind === 'open') return secured;
      // Demanded by what was said of one mail; a relay that has none must not be lost for all others.
      tls = 'vain';
      return await open(route);
    } catch (error) {
      return { kind: 'broken', reason: messageOf(error) };
    }
  };

  const rest = (place: Place): void => {
    place.idleTimer = setTimeout(() => retire(place), route.idleMs);
    place.idleTimer.unref();
  };
  const forget = (place: Place): void => {
    clearTimeout(place.idleTimer);
    places.delete(place);
  };
  const retire = (place: Place): void => {
    forget(place);
    place.lane.quit();
  };

  return {
    async submit(submission) {
      if (aborted !== undefined) return interrupted(aborted);
      return new Promise((resolve) => {
        waiting.push({ submission, resolve });
        giveOut();
      });
    },
    demandTls() {
      if (route.secure || route.requireTls || tls !== 'as-routed') return false;
      tls = 'demanded';
      for (const place of places) {
        if (place.inHand === 0) retire(place);
        else place.outdated = true;
      }
      return true;
    },
    abort(reason) {
      aborted = reason;
      for (const errand of waiting.splice(0)) errand.resolve(interrupted(reason));
      for (const place of places) {
        forget(place);
        place.lane.abort(reason);
      }
    },
    close() {
      for (const place of places) {
        if (place.inHand === 0) retire(place);
      }
    },
    get open() {
      return places.size;
    },
    get capacity() {
      return route.connectionsMax * (chaining ? 2 : 1);
    },
  };
}

function interrupted(reason: string): SubmitOutcome {
  return { kind: 'interrupted', error: new OnbehalfError('INTERRUPTED', reason) };
}
