import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type * as producerDoor from '../../src/producer/index.ts';
import type { Producer } from '../../src/producer/index.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { startRedisServer } from '../../src/queue/embedded-redis.ts';
import type { RouteOptions, WorkerOptions } from '../../src/worker/index.ts';
import { beginMeasure, sinkCount, startChild, type Child } from './child-program.ts';
import { benchMail, benchTemplate } from './message.ts';
import type { ProgramFigures } from './meter.ts';
import type { OurOptions } from './our-worker.ts';
import type { PeerOptions } from './peer-options.ts';

/*
 * What all programs of the benchmark share: one Redis (AOF, flushed every second), one sink, and
 * the way of measuring. For each run:
 *
 *   1. Redis is emptied; the program starts and sends a few mails, so that it is warm;
 *   2. its queue is paused and all mails of the run are enqueued;
 *   3. the program begins to count and the queue is resumed, both at the same moment;
 *   4. the count of the sink must be that of the program.
 */

/** The programs that are compared. */
export const programs = ['plain', 'floor', 'ours'] as const;
/** Name of a program. */
export type ProgramName = (typeof programs)[number];

/** What one run is. */
export interface Run {
  readonly program: ProgramName;
  readonly signed: boolean;
  readonly sends: number;
  /** Port of the relay; default the sink. */
  readonly relayPort?: number;
  /** Added to the route of ours. */
  readonly route?: Partial<RouteOptions>;
}

/** What one run gave. */
export interface RunFigures extends ProgramFigures {
  readonly perSecond: number;
  readonly cpuMsPerSend: number;
  /** CPU of Redis per send, in milliseconds. */
  readonly redisCpuMsPerSend: number;
}

/** What {@link startBenchWorld} takes. */
export interface BenchWorldOptions {
  /** Folder of the built code, as a file URL that ends in a slash. */
  readonly dist: string;
  /** Connections of each program to the relay. */
  readonly connections: number;
  /** Each send has a content of its own, instead of one template with variables. */
  readonly ownContents: boolean;
  /** Added to the options of our worker. */
  readonly worker: Partial<WorkerOptions>;
  /** Added to the route of our worker. */
  readonly route: Partial<RouteOptions>;
  /** Flags for the Node process of our worker, e.g. `--cpu-prof`. */
  readonly nodeFlags: readonly string[];
}

/** Everything runs take place in. */
export interface BenchWorld extends AsyncDisposable {
  readonly sinkPort: number;
  run(run: Run): Promise<RunFigures>;
  /**
   * Lets one process of ours do all sends of a run, enqueued a window at a time, each when the one
   * before is done, so that neither Redis nor the queue grows.
   */
  runInWindows(
    run: Run,
    windowSends: number,
    told: (figures: ProgramFigures) => void,
  ): Promise<void>;
}

const warmUpSends = 3_000;
const enqueueTogether = 200;
const secretHex = '07'.repeat(32);
const peerQueue = 'peer';
const prefix = 'bench';

/** Starts Redis and the sink. */
export async function startBenchWorld(options: BenchWorldOptions): Promise<BenchWorld> {
  // Whoever reads the figures may have read enough; what was started is stopped all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-bench-'));
  const redisPort = await freePort();
  const server = await startRedisServer({ dataDirectory: join(folder, 'redis'), port: redisPort });
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  // A rewrite of the file in the middle of a run would be charged to whoever runs then.
  await redis.config('SET', 'auto-aof-rewrite-percentage', '0');
  const sink = startChild('sink.ts', []);
  const { port: sinkPort } = await sink.next<{ kind: 'listening'; port: number }>('listening');
  const { createProducer } = (await import(
    new URL('src/producer/index.js', options.dist).href
  )) as typeof producerDoor;
  const producer = createProducer({ redisUrl: server.url, prefix });
  const dkimKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const zone = JSON.parse(
    readFileSync(new URL('../../test/support/dns-zone.json', import.meta.url), 'utf8'),
  ) as unknown;

  const start = ({ program, signed, relayPort = sinkPort, route = {} }: Run): Child => {
    if (program !== 'ours') {
      const peer: PeerOptions = {
        queue: peerQueue,
        redisPort,
        relayPort,
        connections: options.connections,
        ...(signed ? { dkimKey } : {}),
      };
      const file = program === 'plain' ? '../plain-worker.ts' : '../tuned-floor.ts';
      return startChild(file, [JSON.stringify(peer)], program === 'plain' ? {} : threadPool());
    }
    const ours: OurOptions = {
      dist: options.dist,
      secretHex,
      worker: {
        redisUrl: server.url,
        prefix,
        provider: { domain: 'crm.example', senderName: 'Acme CRM' },
        dkim: [{ selector: 's1', privateKey: dkimKey }],
        dns: { zone },
        ...options.worker,
        route: {
          host: '127.0.0.1',
          port: relayPort,
          connectionsMax: options.connections,
          signs: signed ? 'us' : 'relay',
          ...options.route,
          ...route,
        },
      },
    };
    return startChild('our-worker.ts', [JSON.stringify(ours)], threadPool(), options.nodeFlags);
  };

  return {
    sinkPort,
    async run(run) {
      await redis.flushall();
      const names = keyNames(prefix);
      const ours = run.program === 'ours';
      const queue = ours
        ? new Queue(names.sendQueue, { connection: redis, prefix: names.bullPrefix })
        : new Queue(peerQueue, { connection: redis });
      const enqueue = async (first: number, count: number): Promise<void> => {
        await (ours
          ? enqueueOurs(producer, first, count, options.ownContents)
          : enqueuePeer(queue, run.program === 'plain', first, count));
      };
      const child = start(run);
      try {
        await child.next('ready');
        const warm = await beginMeasure(child, warmUpSends);
        await enqueue(0, warmUpSends);
        await warm.figures;
        await queue.pause();
        await enqueue(warmUpSends, run.sends);
        await sinkCount(sink);
        const redisCpuBefore = await redisCpuMs(redis);
        const { figures } = await beginMeasure(child, run.sends);
        await queue.resume();
        const measured = await figures;
        const redisCpu = (await redisCpuMs(redis)) - redisCpuBefore;
        const taken = await sinkCount(sink);
        if (taken !== run.sends) {
          throw new Error(`${run.program} sent ${run.sends}, the relay took ${taken}`);
        }
        return {
          ...measured,
          perSecond: (run.sends / measured.elapsedMs) * 1000,
          cpuMsPerSend: measured.cpuMs / run.sends,
          redisCpuMsPerSend: redisCpu / run.sends,
        };
      } finally {
        await child.stop();
        await queue.close();
      }
    },
    async runInWindows(run, windowSends, told) {
      await redis.flushall();
      const child = start(run);
      try {
        await child.next('ready');
        await sinkCount(sink);
        for (let done = 0; done < run.sends; done += windowSends) {
          const { figures } = await beginMeasure(child, windowSends);
          await enqueueOurs(producer, done, windowSends, options.ownContents);
          told(await figures);
          // Nobody reads the outcomes here.
          await redis.xtrim(keyNames(prefix).outcomes, 'MAXLEN', 0);
          const taken = await sinkCount(sink);
          if (taken !== windowSends)
            throw new Error(`${windowSends} sends, the relay took ${taken}`);
        }
      } finally {
        await child.stop();
      }
    },
    async [Symbol.asyncDispose]() {
      await producer.close();
      await sink.stop();
      redis.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As many threads as cores: RSA has nothing to wait for. */
function threadPool(): Readonly<Record<string, string>> {
  return { UV_THREADPOOL_SIZE: String(availableParallelism()) };
}

async function enqueueOurs(
  producer: Producer,
  first: number,
  count: number,
  ownContents: boolean,
): Promise<void> {
  for (let done = 0; done < count; done += enqueueTogether) {
    const batch = Math.min(enqueueTogether, count - done);
    await Promise.all(
      Array.from({ length: batch }, async (_, index) =>
        producer.send((ownContents ? benchMail : benchTemplate)(first + done + index)),
      ),
    );
  }
}

async function enqueuePeer(
  queue: Queue,
  whole: boolean,
  first: number,
  count: number,
): Promise<void> {
  for (let done = 0; done < count; done += enqueueTogether) {
    const batch = Math.min(enqueueTogether, count - done);
    await queue.addBulk(
      Array.from({ length: batch }, (_, index) => {
        const number = first + done + index;
        return { name: 'send', data: whole ? benchMail(number) : { number } };
      }),
    );
  }
}

async function redisCpuMs(redis: Redis): Promise<number> {
  const text = await redis.info('cpu');
  const seconds = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? 0);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1000;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
