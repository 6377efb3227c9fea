import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import {
  openLane,
  type Lane,
  type LaneOpening,
  type Submission,
  type SubmitOutcome,
} from './lane.ts';
import type { Route } from './route.ts';

/** The connections of this process to one relay. */
export interface Lanes {
  /** Submits over a free connection, or a new one, or waits for one; never rejects. */
  submit(submission: Submission): Promise<SubmitOutcome>;
  /** Cuts all connections; what waits or runs ends as `interrupted` or, its body begun, `broken`. */
  abort(reason: string): void;
  /** Says goodbye on all idle connections; call it when nothing runs any more. */
  close(): void;
  /** How many connections are open. */
  readonly open: number;
}

/** Opens and reuses up to `route.connectionsMax` connections. */
export function createLanes(
  route: Route,
  open: (route: Route) => Promise<LaneOpening> = openLane,
): Lanes {
  const idle = new Map<Lane, NodeJS.Timeout>();
  const all = new Set<Lane>();
  const waiting: (() => void)[] = [];
  let taken = 0;
  let aborted: string | undefined;

  const takePlace = async (): Promise<void> => {
    if (taken < route.connectionsMax) {
      taken += 1;
      return;
    }
    // The place is handed over, so `taken` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const givePlace = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  };

  const takeIdle = (): Lane | undefined => {
    for (const [lane, timer] of idle) {
      clearTimeout(timer);
      idle.delete(lane);
      if (lane.usable) return lane;
      all.delete(lane);
    }
    return undefined;
  };
  const putBack = (lane: Lane): void => {
    if (!lane.usable || aborted !== undefined) {
      all.delete(lane);
      return;
    }
    const timer = setTimeout(() => retire(lane), route.idleMs);
    timer.unref();
    idle.set(lane, timer);
  };
  const retire = (lane: Lane): void => {
    clearTimeout(idle.get(lane));
    idle.delete(lane);
    all.delete(lane);
    lane.quit();
  };

  const submitOn = async (lane: Lane, submission: Submission): Promise<SubmitOutcome> => {
    const outcome = await lane.submit(submission);
    putBack(lane);
    return outcome;
  };

  const submitOnNew = async (submission: Submission): Promise<SubmitOutcome> => {
    const opening = await open(route);
    switch (opening.kind) {
      case 'session-refused':
        return opening;
      case 'broken':
        return { kind: 'broken', bodyBegun: false, reason: opening.reason };
      case 'open':
        all.add(opening.lane);
        if (aborted !== undefined) {
          opening.lane.abort(aborted);
          return interrupted(aborted);
        }
        return submitOn(opening.lane, submission);
    }
  };

  return {
    async submit(submission) {
      await takePlace();
      try {
        if (aborted !== undefined) return interrupted(aborted);
        const lane = takeIdle();
        if (lane === undefined) return await submitOnNew(submission);
        const outcome = await submitOn(lane, submission);
        // The relay may close an idle connection at any time. When that is all that happened, a
        // new connection takes over and the send never hears of it.
        if (outcome.kind !== 'broken' || outcome.bodyBegun || lane.carried < 2) return outcome;
        return await submitOnNew(submission);
      } catch (error) {
        return { kind: 'broken', bodyBegun: false, reason: messageOf(error) };
      } finally {
        givePlace();
      }
    },
    abort(reason) {
      aborted = reason;
      for (const lane of all) lane.abort(reason);
      for (const timer of idle.values()) clearTimeout(timer);
      idle.clear();
      all.clear();
    },
    close() {
      for (const lane of idle.keys()) retire(lane);
    },
    get open() {
      return all.size;
    },
  };
}

function interrupted(reason: string): SubmitOutcome {
  return { kind: 'interrupted', error: new OnbehalfError('INTERRUPTED', reason) };
}
