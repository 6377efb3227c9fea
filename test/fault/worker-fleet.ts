import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../support/seed.ts';
import { spawnWorker, type WorkerProcess, type WorkerProcessOptions } from './spawn-worker.ts';

/** What happened to the processes of a fleet. */
export interface FleetFigures {
  /** Workers killed while they took jobs. */
  readonly kills: number;
  /** Ends that nobody caused, with the last lines of their logs; Redis away at a start is none. */
  readonly unexpectedEnds: readonly string[];
}

/** Worker processes that are killed at random moments and started again. */
export interface WorkerFleet {
  readonly kills: number;
  /** Resolves when every worker takes jobs. */
  ready(): Promise<void>;
  /** Kills one worker after another until {@link WorkerFleet.stop}. */
  startKilling(everyMs: number): void;
  /** Stops killing; the workers go on. */
  stopKilling(): Promise<void>;
  /** Ends all workers in good order. */
  stop(): Promise<FleetFigures>;
}

const redisAwayExitCode = 3;
/** Workers that keep ending by themselves are not started again after so many times. */
const unexpectedEndsMax = 10;

/** Starts a fleet. */
export function startFleet(
  count: number,
  options: WorkerProcessOptions,
  random: SeededRandom,
): WorkerFleet {
  let kills = 0;
  let stopping = false;
  const unexpectedEnds: string[] = [];
  const wanted = new Set<WorkerProcess>();
  const members: WorkerProcess[] = [];

  const start = (place: number): void => {
    const worker = spawnWorker(options);
    members[place] = worker;
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
  const killUntil = async (everyMs: number, signal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        await delay(everyMs * (0.5 + random.next()), undefined, { signal });
      } catch {
        return;
      }
      const targets = members.filter((worker) => worker.ready);
      if (targets.length === 0) continue;
      const target = random.pick(targets);
      wanted.add(target);
      kills += 1;
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
    startKilling(everyMs) {
      const abort = new AbortController();
      killing = { abort, done: killUntil(everyMs, abort.signal) };
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
      return { kills, unexpectedEnds };
    },
  };
}
