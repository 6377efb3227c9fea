import { setImmediate as immediate } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { StandStill } from '../queue/worker-registry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import type { Routes } from './routes.ts';

/*
 * When a worker takes jobs, and how many at once. While every route is out of order it stands still:
 * a job that is taken then could only be moved, and a long queue would be moved around and around.
 * When the first route may be tried again it takes as many jobs as there are routes to try, and all
 * of them once one is in order. Work that is in hand goes on meanwhile, with its locks renewed.
 *
 * It stands still, too, while too many outcome events wait for those who read them: they are never
 * dropped, and the memory of Redis is not without end.
 *
 * A job that was being fetched at the moment of the stop still comes; it is put off like any other.
 */

/** Decides when jobs are taken; told of each turn's begin and end. */
export interface Intake {
  /** A turn begins; call what is returned at its end. */
  begin(): () => void;
  /** So many events are in the outcome stream now. */
  heard(eventCount: number): void;
  /** Turns that are not over. */
  readonly inHand: number;
  /** Why no jobs are taken now; undefined while they are. */
  readonly standsStill: StandStill | undefined;
  /** Changes nothing any more: the worker is being closed. */
  stop(): void;
}

/** What {@link createIntake} takes. */
export interface IntakeParts {
  readonly worker: Pick<Worker, 'pause' | 'resume' | 'concurrency'>;
  readonly routes: Pick<Routes, 'readiness'>;
  readonly events: {
    /** Above so many it stands still, until there are a fifth less. */
    readonly max: number;
    /** How many there are now. */
    readonly count: () => Promise<number>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** While too many events wait, they are counted again after this time, in milliseconds. */
const eventsAgainMs = 1_000;

/** Takes over when a worker takes jobs; its concurrency is the most that are in work at once. */
export function createIntake(parts: IntakeParts): Intake {
  const { worker, routes, events, clock, logger } = parts;
  const concurrency = worker.concurrency;
  const stopped = new AbortController();
  let inHand = 0;
  let standing: StandStill | undefined;
  /** Since when; goes on while routes are tried. */
  let stoppedAt: number | undefined;
  /** Raised each time routes begin to be tried again: what began before is no trial. */
  let era = 0;
  let tries = false;
  let inHandFromBefore = 0;
  let eventCount = 0;
  let hasTooManyEvents = false;

  const takeAtOnce = (count: number): void => {
    const most = Math.max(1, Math.min(count, concurrency));
    if (worker.concurrency !== most) worker.concurrency = most;
  };

  const standStill = (why: Omit<StandStill, 'since'>): void => {
    const stands = standing !== undefined;
    if (stoppedAt === undefined) {
      stoppedAt = clock.now();
      logger.warn('worker-stands-still', { ...why });
    }
    standing = { ...why, since: stoppedAt };
    if (stands) return;
    void swallow(worker.pause(true), 'it takes no more jobs', logger);
    void lookAgain();
  };
  const goOn = (): void => {
    if (standing === undefined) return;
    standing = undefined;
    void swallow(worker.resume(), 'it takes jobs again', logger);
  };

  const look = (): void => {
    if (stopped.signal.aborted) return;
    if (hasTooManyEvents) {
      const reason = `${eventCount} outcome events wait to be read, more than ${events.max}`;
      standStill({ cause: 'events', reason, until: clock.now() + eventsAgainMs });
      return;
    }
    const ready = routes.readiness;
    switch (ready.kind) {
      case 'down':
        tries = false;
        standStill({ cause: 'routes', reason: ready.reason, until: ready.until });
        return;
      case 'probing':
        if (!tries) {
          tries = true;
          era += 1;
          inHandFromBefore = inHand;
          logger.debug('worker-tries-routes', { count: ready.probes });
        }
        takeAtOnce(inHandFromBefore + ready.probes);
        break;
      case 'up':
        tries = false;
        takeAtOnce(concurrency);
        if (stoppedAt === undefined) return;
        logger.info('worker-takes-jobs', { stoodStillMs: clock.now() - stoppedAt });
        stoppedAt = undefined;
    }
    goOn();
  };

  const recount = async (): Promise<void> => {
    eventCount = await events.count();
    hasTooManyEvents = eventCount > events.max * 0.8;
  };
  const lookAgain = async (): Promise<void> => {
    while (standing !== undefined && !stopped.signal.aborted) {
      const waitMs = Math.max(1, standing.until - clock.now());
      await clock.sleep(waitMs, stopped.signal).catch(() => undefined);
      if (hasTooManyEvents) await swallow(recount(), 'it is asked again', logger);
      // Resumed between the end of BullMQ's loop and its note of that, it would never take a job again.
      await immediate();
      look();
    }
  };

  return {
    begin() {
      const began = era;
      inHand += 1;
      return () => {
        inHand -= 1;
        if (began < era && inHandFromBefore > 0) inHandFromBefore -= 1;
        if (standing === undefined) look();
      };
    },
    heard(count) {
      if (hasTooManyEvents || count <= events.max) return;
      eventCount = count;
      hasTooManyEvents = true;
      look();
    },
    get inHand() {
      return inHand;
    },
    get standsStill() {
      return standing;
    },
    stop: () => stopped.abort(),
  };
}
