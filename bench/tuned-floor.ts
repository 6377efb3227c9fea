/**
 * The tuned floor: as fast as BullMQ and SMTP let one process be, with nothing that makes it safe. A
 * job refers to a template in memory; text is put together from strings; RSA runs in the thread pool
 * with a parsed key; hand-written sockets submit. No ledger, no event, no retry, no mode.
 *
 * Argument: JSON of {@link PeerOptions}.
 */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { Worker } from 'bullmq';
import { encodeQuotedPrintable } from '../src/headers/quoted-printable.ts';
import { benchSender, htmlTemplate, textTemplate } from './send/message.ts';
import { startMeter } from './send/meter.ts';
import type { PeerOptions } from './send/peer-options.ts';
import { openPipelinedSocket, type PipelinedSocket } from './send/pipelined-socket.ts';

/** What a job of the floor holds. */
interface FloorJob {
  readonly number: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as PeerOptions;
const concurrency = 100;
const meter = startMeter();
const key = options.dkimKey === undefined ? undefined : createPrivateKey(options.dkimKey);

// Braces survive quoted-printable, so what is encoded once can be filled in for each mail.
const body = [
  '--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
  encodeQuotedPrintable(Buffer.from(textTemplate)),
  '\r\n--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
  encodeQuotedPrintable(Buffer.from(htmlTemplate)),
  '\r\n--b1--\r\n',
].join('');

const idle: PipelinedSocket[] = await Promise.all(
  Array.from({ length: options.connections }, async () => openPipelinedSocket(options.relayPort)),
);
const waiting: ((socket: PipelinedSocket) => void)[] = [];

const worker = new Worker<FloorJob>(
  options.queue,
  async (job) => {
    const { number } = job.data;
    const content = await composed(number);
    const socket = idle.pop() ?? (await new Promise<PipelinedSocket>((go) => waiting.push(go)));
    await socket.submit('bounce@crm.example', `bob${number}@dest.example`, content);
    const next = waiting.shift();
    if (next === undefined) idle.push(socket);
    else next(socket);
    meter.sent();
  },
  {
    connection: { host: '127.0.0.1', port: options.redisPort },
    concurrency,
    removeOnComplete: { count: 0 },
  },
);
worker.on('error', (error) => process.stderr.write(`tuned floor: ${String(error)}\n`));
worker.on('failed', (_job, error) => process.stderr.write(`tuned floor: ${error.message}\n`));
await worker.waitUntilReady();
meter.ready();

async function composed(number: number): Promise<string> {
  const name = `Bob ${number}`;
  const text = body.replaceAll('{name}', name).replaceAll('{number}', String(number));
  const fields = [
    `from:=?utf-8?Q?Jan=C3=A9_Doe?= <${benchSender.address}>`,
    `sender:mailer@crm.example`,
    `to:"${name}" <bob${number}@dest.example>`,
    `subject:Your offer ${number}`,
    `date:Mon, 23 Nov 2026 10:00:00 +0000`,
    `message-id:<${number}.${process.pid}@crm.example>`,
    `mime-version:1.0`,
    `content-type:multipart/alternative; boundary=b1`,
  ].join('\r\n');
  if (key === undefined) return `${fields}\r\n\r\n${text}`;
  const hash = createHash('sha256').update(text, 'latin1').digest('base64');
  const tags = `dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=crm.example; s=s1; h=from:sender:to:subject:date:message-id:mime-version:content-type; bh=${hash}; b=`;
  const signature = await new Promise<Buffer>((resolve, reject) => {
    sign('sha256', Buffer.from(`${fields}\r\n${tags}`, 'latin1'), key, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
  return `${tags}${signature.toString('base64')}\r\n${fields}\r\n\r\n${text}`;
}
