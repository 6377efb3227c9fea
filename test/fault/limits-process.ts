/**
 * A worker of nothing but limits, in a process of its own: takes jobs, asks the throttle, writes a
 * MAIL line to a sink. Its options come as JSON in the first argument. It ends when its parent says
 * so, or is gone, and tells its parent when each send passed the last test and how often jobs moved.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { DelayedError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import type { SendId } from '../../src/mail/ids.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { createLimitState } from '../../src/queue/limit-state.ts';
import { createLimits } from '../../src/queue/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createThrottle, type Go } from '../../src/worker/throttle.ts';
import type { LimitsProcessOptions, LimitsProcessReport } from './limits-fleet.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as LimitsProcessOptions;
process.on('disconnect', () => process.exit(1));

const redis = new Redis(options.redisUrl, { maxRetriesPerRequest: null });
const keys = keyNames();
const throttle = createThrottle({
  limits: createLimits(redis, keys),
  state: createLimitState(redis, keys),
  rules: options.rules,
  clock: systemClock,
  logger: createLogger({ level: 'error', fields: { pid: process.pid } }),
  random: Math.random,
});
const sink = connect(options.sinkPort, '127.0.0.1');
sink.setNoDelay(true);
await once(sink, 'connect');

const sent: [string, number][] = [];
let moves = 0;
let lates = 0;

const worker = new Worker(
  keys.sendQueue,
  async (job, token = '') => {
    const { provider } = job.data as { readonly provider: RecipientProvider };
    const send = {
      sendId: job.id as SendId,
      route: 'main',
      provider,
      domain: `${provider}.example`,
      sender: 'ana@acme.example' as EmailAddress,
      tenant: 'acme',
    };
    let late: Go | undefined;
    for (;;) {
      const admission = await throttle.admit(send, late);
      if (admission.kind === 'later') {
        moves += 1;
        await job.moveToDelayed(admission.at, token);
        throw new DelayedError();
      }
      await admission.ready();
      if (admission.check() === 'late') {
        lates += 1;
        late = admission;
        continue;
      }
      sink.write(`MAIL ${provider}\n`);
      sent.push([provider, Number(process.hrtime.bigint()) / 1e6]);
      await systemClock.sleep(options.sendMs);
      await admission.done();
      return;
    }
  },
  {
    connection: redis,
    prefix: keys.bullPrefix,
    concurrency: options.concurrency,
    lockDuration: 3_000,
    stalledInterval: 1_500,
    maxStalledCount: 1_000_000,
    removeOnComplete: { count: 0 },
  },
);
worker.on('error', () => undefined);
await worker.waitUntilReady();
process.on('message', () => {
  void (async () => {
    await worker.close();
    throttle.close();
    sink.end();
    const report: LimitsProcessReport = { kind: 'report', sent, moves, lates };
    process.send?.(report, undefined, {}, () => {
      redis.disconnect();
      process.disconnect();
    });
  })();
});
process.send?.({ kind: 'ready' });
