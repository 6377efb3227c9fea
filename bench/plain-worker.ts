/**
 * The plain worker: what the documentation of BullMQ and nodemailer shows. The job holds the whole
 * message; a pool of connections composes and, where a key is given, signs it.
 *
 * Argument: JSON of {@link PeerOptions}.
 */
import { Worker } from 'bullmq';
import { createTransport } from 'nodemailer';
import type { BenchMail } from './send/message.ts';
import { startMeter } from './send/meter.ts';
import type { PeerOptions } from './send/peer-options.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as PeerOptions;
const meter = startMeter();

const transport = createTransport({
  pool: true,
  host: '127.0.0.1',
  port: options.relayPort,
  secure: false,
  ignoreTLS: true,
  maxConnections: options.connections,
  maxMessages: Number.POSITIVE_INFINITY,
  ...(options.dkimKey === undefined
    ? {}
    : { dkim: { domainName: 'crm.example', keySelector: 's1', privateKey: options.dkimKey } }),
});

const worker = new Worker<BenchMail>(
  options.queue,
  async (job) => {
    await transport.sendMail({ ...job.data, sender: 'mailer@crm.example' });
    meter.sent();
  },
  {
    connection: { host: '127.0.0.1', port: options.redisPort },
    concurrency: 50,
    removeOnComplete: { count: 0 },
  },
);
worker.on('error', (error) => process.stderr.write(`plain worker: ${String(error)}\n`));
worker.on('failed', (_job, error) => process.stderr.write(`plain worker: ${error.message}\n`));
await worker.waitUntilReady();
meter.ready();
