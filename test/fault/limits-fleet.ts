import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import type { LimitRule } from '../../src/worker/throttle-rules.ts';
import { eventually } from '../support/wait-for.ts';

/** Options of a process of `limits-process.ts`. */
export interface LimitsProcessOptions {
  readonly redisUrl: string;
  readonly sinkPort: number;
  readonly rules: readonly LimitRule[];
  readonly concurrency: number;
  /** How long a send takes after its MAIL, in milliseconds. */
  readonly sendMs: number;
}

/** What such a process tells at its end. */
export interface LimitsProcessReport {
  readonly kind: 'report';
  /** Provider, and when the send passed the last test, in ms of the machine's monotonic clock. */
  readonly sent: readonly (readonly [string, number])[];
  readonly moves: number;
  readonly lates: number;
}

/** What {@link runLimitsFleet} takes. */
export interface LimitsFleetOptions {
  readonly redisUrl: string;
  readonly rules: readonly LimitRule[];
  /** How many sends to each provider. */
  readonly sends: Readonly<Partial<Record<RecipientProvider, number>>>;
  readonly processes: number;
  readonly concurrency?: number;
  readonly sendMs?: number;
  /** Kill one process with -9 after so many sends; another takes its place. */
  readonly killAfter?: number;
}

/** What was seen. */
export interface LimitsFleetFigures {
  /** When each MAIL came to the sink, per provider. */
  readonly seen: ReadonlyMap<string, readonly number[]>;
  /** When each passed the last test in its process; without those of killed processes. */
  readonly passed: ReadonlyMap<string, readonly number[]>;
  readonly moves: number;
  readonly lates: number;
  readonly elapsedMs: number;
}

const program = fileURLToPath(new URL('limits-process.ts', import.meta.url));
const loader = new URL('../support/typescript-loader.mjs', import.meta.url).href;

/** Lets real processes send over a real queue to a sink that notes when each MAIL comes. */
export async function runLimitsFleet(options: LimitsFleetOptions): Promise<LimitsFleetFigures> {
  const { redisUrl, rules, concurrency = 50, sendMs = 2 } = options;
  const keys = keyNames();
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(keys.sendQueue, { connection: redis, prefix: keys.bullPrefix });
  const seen = new Map<string, number[]>();
  const sink = createServer((socket) => {
    let rest = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      const at = now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) note(seen, line.slice('MAIL '.length), at);
    });
    socket.on('error', () => undefined);
  });
  sink.listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const processOptions: LimitsProcessOptions = {
    redisUrl,
    sinkPort: (sink.address() as AddressInfo).port,
    rules,
    concurrency,
    sendMs,
  };
  const jobs = Object.entries(options.sends).flatMap(([provider, count]) =>
    Array.from({ length: count }, (_, n) => ({
      name: 'send',
      data: { provider },
      opts: { jobId: `${provider}-${n}` },
    })),
  );
  for (let n = 0; n < jobs.length; n += 500) await queue.addBulk(jobs.slice(n, n + 500));
  const children: ChildProcess[] = [];
  const spawn = async (): Promise<void> => {
    const child = fork(program, [JSON.stringify(processOptions)], {
      execArgv: ['--import', loader],
    });
    children.push(child);
    await once(child, 'message');
  };
  try {
    const began = now();
    await Promise.all(Array.from({ length: options.processes }, spawn));
    const total = () => [...seen.values()].reduce((sum, { length }) => sum + length, 0);
    if (options.killAfter !== undefined) {
      const killAfter = options.killAfter;
      await eventually(() => total() >= killAfter, { what: 'sends before the kill' });
      const victim = children.shift();
      victim?.kill('SIGKILL');
      await spawn();
    }
    await eventually(
      async () => {
        const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized');
        return Object.values(counts).every((count) => count === 0);
      },
      { what: 'the end of all jobs', timeoutMs: 300_000 },
    );
    const elapsedMs = now() - began;
    const reports = await Promise.all(
      children.map(async (child) => {
        const report = once(child, 'message');
        const exit = once(child, 'exit');
        child.send('end');
        const [message] = (await report) as [LimitsProcessReport];
        await exit;
        return message;
      }),
    );
    const passed = new Map<string, number[]>();
    for (const { sent } of reports) for (const [provider, at] of sent) note(passed, provider, at);
    const sum = (of: (report: LimitsProcessReport) => number) =>
      reports.reduce((all, report) => all + of(report), 0);
    return { seen, passed, moves: sum((r) => r.moves), lates: sum((r) => r.lates), elapsedMs };
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    sink.close();
    await queue.close();
    redis.disconnect();
  }
}

/**
 * What share of a limit was used in the long run: sends after the first full window, to what the limit
 * allows in that time.
 */
export function shareUsed(instants: readonly number[], sendsMax: number, perMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  // The end of the backlog fills its last window in part.
  const windows = Math.floor((last - first) / perMs);
  const counted = sorted.filter((at) => at < first + windows * perMs).length;
  return counted / (windows * sendsMax);
}

function note(into: Map<string, number[]>, name: string, at: number): void {
  const list = into.get(name);
  if (list === undefined) into.set(name, [at]);
  else list.push(at);
}

/** Milliseconds of the machine's monotonic clock, the same in all its processes. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
