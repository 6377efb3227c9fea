import { Redis } from 'ioredis';

/** What a measured program tells the bench. */
export type ProgramMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'measured'; readonly figures: ProgramFigures };

/** What the bench tells a measured program: count the next so many sends, from now. */
export interface MeasureRequest {
  readonly kind: 'measure';
  readonly sends: number;
}

/** What one program did between the request and its last send. */
export interface ProgramFigures {
  readonly sends: number;
  /** Wall clock, in milliseconds. */
  readonly elapsedMs: number;
  /** CPU of all threads of the process, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Commands given to Redis, each script call and each group of them as one. */
  readonly redisCommands: number;
  /** In use on the heap of JavaScript; after a collection where `--expose-gc` is given. */
  readonly heapBytes: number;
}

/** Counts the sends of a measured program. */
export interface Meter {
  /** Call it once per send that the relay accepted. */
  sent(): void;
  /** Says that the program takes jobs. */
  ready(): void;
}

/** Commands that this process has given to Redis, counted where ioredis sends them. */
let redisCommands = 0;
// Unbound on purpose: it is called with the connection that it was called on.
// oxlint-disable-next-line typescript/unbound-method
const { sendCommand } = Redis.prototype;
Redis.prototype.sendCommand = function counted(...args) {
  redisCommands += 1;
  return sendCommand.apply(this, args);
};

/** Answers the bench: begins to count when asked, and tells the figures when all are sent. */
export function startMeter(): Meter {
  let left = 0;
  let sends = 0;
  let startedAt = 0;
  let cpuBefore = process.cpuUsage();
  let commandsBefore = 0;
  const tell = (message: ProgramMessage): void => {
    // The bench may end first; then there is nobody to tell.
    if (process.connected) process.send?.(message, undefined, {}, () => undefined);
  };
  process.on('disconnect', () => process.exit(1));
  process.on('message', (request: MeasureRequest) => {
    sends = request.sends;
    left = sends;
    tell({ kind: 'measuring' });
    cpuBefore = process.cpuUsage();
    commandsBefore = redisCommands;
    startedAt = performance.now();
  });
  return {
    sent() {
      left -= 1;
      if (left !== 0) return;
      const elapsedMs = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuBefore);
      const cpuMs = (cpu.user + cpu.system) / 1000;
      globalThis.gc?.();
      const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
      const figures = { sends, elapsedMs, cpuMs, rssBytes, heapBytes };
      const commands = redisCommands - commandsBefore;
      tell({ kind: 'measured', figures: { ...figures, redisCommands: commands } });
    },
    ready: () => tell({ kind: 'ready' }),
  };
}
