/**
 * How much of a limit complete workers use, as the relay sees it: the share, the most MAILs in any
 * stretch of a second (the network's jitter included, which the limit does not know), and how many
 * came in each second.
 *
 *   npm run fault:limits -- --sends 1500 --workers 3 --per-second 50
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { createProducer } from '../../src/producer/index.ts';
import { startRedisServer } from '../../src/queue/embedded-redis.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { mostWithin } from '../queue/most-within.ts';
import { startRawRelay } from '../support/raw-relay.ts';
import { enqueueSends } from './enqueue-sends.ts';
import { shareUsed } from './limits-fleet.ts';
import { watchOutcomes } from './outcome-watch.ts';
import { workerProcessOptions } from './process-options.ts';
import { spawnWorker } from './spawn-worker.ts';

const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '1500' },
    workers: { type: 'string', default: '3' },
    'per-second': { type: 'string', default: '50' },
    concurrency: { type: 'string', default: '40' },
    connections: { type: 'string', default: '10' },
    'reply-delay-ms': { type: 'string', default: '0' },
  },
});
const sends = Number(values.sends);
const sendsMax = Number(values['per-second']);
const folder = mkdtempSync(join(tmpdir(), 'onbehalf-limits-'));
const server = await startRedisServer({
  dataDirectory: join(folder, 'redis'),
  socketPath: join(folder, 'redis.sock'),
});
const prefix = 'limits';
const instants: number[] = [];
const relay = await startRawRelay({
  beforeReply: async () => delay(Number(values['reply-delay-ms'])),
  onCommand: (_, line) => {
    if (line.startsWith('MAIL')) instants.push(performance.now());
  },
});
const redis = new Redis(server.url);
const producer = createProducer({ redisUrl: server.url, prefix });
const watch = watchOutcomes(redis, keyNames(prefix));
const options = workerProcessOptions(server.url, prefix, relay);
const workers = Array.from({ length: Number(values.workers) }, () =>
  spawnWorker({
    ...options,
    route: {
      ...options.route,
      connectionsMax: Number(values.connections),
      host: relay.host,
      port: relay.port,
    },
    lockMs: 30_000,
    concurrency: Number(values.concurrency),
    limits: [{ name: 'all', windows: [{ sendsMax, perMs: 1_000 }] }],
  }),
);
try {
  await enqueueSends(producer, sends, async () => undefined);
  await Promise.all(workers.map((worker) => worker.started));
  await watch.waitForEnded(sends, 60_000);
  const share = shareUsed(instants, sendsMax, 1_000);
  const most = mostWithin(instants, 1_000);
  const perSecond: number[] = [];
  const first = Math.min(...instants);
  for (const at of instants) {
    const second = Math.floor((at - first) / 1_000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  process.stdout.write(
    `${JSON.stringify({ sharePercent: Math.round(share * 1000) / 10, most, seen: instants.length, perSecond })}\n`,
  );
} finally {
  await Promise.all(workers.map(async (worker) => worker.end('SIGTERM')));
  await producer.close();
  redis.disconnect();
  await relay.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
