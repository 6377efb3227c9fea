import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../support/seed.ts';
import type { Interruption } from './open-transactions.ts';
import { spawnWorker, type WorkerProcess, type WorkerProcessOptions } from './spawn-worker.ts';

/** What happened to the processes of a fleet. */
export interface FleetFigures {
  /** Workers killed while they took jobs. */
  readonly kills: number;
  /** Workers that stood still for longer than their lock and then went on. */
  readonly freezes: number;
  /** Workers that got no time for a good part of their lock, on a machine with too much to do. */
  readonly starved: number;
  readonly interruptions: readonly Interruption[];
  /** Ends that nobody caused, with the last lines of their logs; Redis away at a start is none. */
  readonly unexpectedEnds: readonly string[];
}

/**
 * Worker processes that are killed at random moments and started again; every third time one stands
 * still instead, until others have taken its jobs over, and goes on.
 */
export interface WorkerFleet {
  readonly kills: number;
  /** Resolves when every worker takes jobs. */
  ready(): Promise<void>;
  /**
   * Kills one worker after another until {@link WorkerFleet.stop}.
   *
   * @param nextMoment resolves when the next one is due; never, once its signal has fired
   */
  startKilling(nextMoment: (signal: AbortSignal) => Promise<void>): void;
  /** Stops killing; the workers go on. */
  stopKilling(): Promise<void>;
  /** Ends all workers in good order. */
  stop(): Promise<FleetFigures>;
}

/** Resolves when this process has read what had come to its sockets. */
async function allHeard(): Promise<void> {
  // A turn reads only so much of a socket, and its end in a later one.
  for (let turn = 0; turn < 20; turn += 1) await immediate();
}

const redisAwayExitCode = 3;
const freezeEvery = 3;
/** Locks run out after one, and are found after one more. */
const locksFrozen = 3;
/** Workers that keep ending by themselves are not started again after so many times. */
const unexpectedEndsMax = 10;

/** Starts a fleet. */
export function startFleet(
  count: number,
  options: WorkerProcessOptions,
  random: SeededRandom,
): WorkerFleet {
  let kills = 0;
  let freezes = 0;
  let started = 0;
  const interruptions: Interruption[] = [];
  let stopping = false;
  const unexpectedEnds: string[] = [];
  const wanted = new Set<WorkerProcess>();
  const members: WorkerProcess[] = [];
  const all: WorkerProcess[] = [];

  const start = (place: number): void => {
    started += 1;
    const route = options.route && {
      ...options.route,
      greetingName: `w${started}.crm.example`,
    };
    const worker = spawnWorker({ ...options, ...(route === undefined ? {} : { route }) });
    members[place] = worker;
    all.push(worker);
    void worker.exited.then(({ code, signal }) => {
      if (stopping) return;
      if (!wanted.delete(worker) && code !== redisAwayExitCode) {
        unexpectedEnds.push(`${code ?? signal}: ${worker.lastLines()}`);
      }
      if (unexpectedEnds.length < unexpectedEndsMax) start(place);
    });
  };
  for (let place = 0; place < count; place += 1) start(place);

  let killing: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** The stop is what others see: its length is that of the lock, not that of some work. */
  const freeze = async (target: WorkerProcess, signal: AbortSignal): Promise<void> => {
    freezes += 1;
    const goOn = target.freeze();
    const from = Date.now();
    const frozen = locksFrozen * (options.lockMs ?? 30_000);
    await delay(frozen, undefined, { signal }).catch(() => undefined);
    interruptions.push({ worker: target.name, from, until: Date.now() });
    goOn();
  };
  const killUntil = async (
    nextMoment: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> => {
    const frozen: Promise<void>[] = [];
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
    for (;;) {
      await Promise.race([nextMoment(signal), aborted]);
      if (signal.aborted) {
        await Promise.all(frozen);
        return;
      }
      const targets = members.filter((worker) => worker.ready);
      if (targets.length === 0) continue;
      const target = random.pick(targets);
      if ((kills + freezes) % freezeEvery === freezeEvery - 1) {
        // Where the others are still starting, nobody could take its jobs over: at the next moment.
        if (targets.length > 1) frozen.push(freeze(target, signal));
        continue;
      }
      wanted.add(target);
      kills += 1;
      // It stands still first, so that what it did before can be told from what its death does.
      target.freeze();
      const from = Date.now();
      await allHeard();
      interruptions.push({ worker: target.name, from, until: Date.now() });
      await target.end('SIGKILL');
    }
  };
  const stopKilling = async (): Promise<void> => {
    killing?.abort.abort();
    await killing?.done;
    killing = undefined;
  };

  return {
    get kills() {
      return kills;
    },
    async ready() {
      await Promise.all(members.map((worker) => worker.started));
    },
    startKilling(nextMoment) {
      const abort = new AbortController();
      killing = { abort, done: killUntil(nextMoment, abort.signal) };
    },
    stopKilling,
    async stop() {
      await stopKilling();
      // One that is still starting does not know the signal yet.
      await Promise.all(members.map((worker) => worker.started));
      stopping = true;
      const ends = await Promise.all(members.map((worker) => worker.end('SIGTERM')));
      ends.forEach(({ code, signal }, place) => {
        if (code === 0) return;
        unexpectedEnds.push(`at the stop ${code ?? signal}: ${members[place]?.lastLines()}`);
      });
      // What we let stand still says so as well, once it goes on.
      const starvations = all.flatMap(({ name, standstills }) =>
        standstills
          .filter(({ from, until }) => {
            return !interruptions.some((each) => {
              return each.worker === name && each.from <= until && from <= each.until;
            });
          })
          .map((standstill) => ({ worker: name, ...standstill })),
      );
      return {
        kills,
        freezes,
        starved: starvations.length,
        interruptions: [...interruptions, ...starvations],
        unexpectedEnds,
      };
    },
  };
}
