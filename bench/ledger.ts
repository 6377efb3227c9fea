/**
 * What the ledger keeps of a send that has ended, in bytes of Redis:
 *
 *   npm run bench:ledger -- --sends 200000
 *   npm run bench:ledger -- --json     one line: [{ name, ours, peer, ratio }], bytes per send
 *
 * `peer` is a key of its own for each send with its state and time, as one would write without us. All
 * sends were enqueued within one hour. The stream of events is emptied before the memory is read.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { readAddress } from '../src/mail/address.ts';
import { campaignSendId } from '../src/mail/campaign-send-id.ts';
import { randomMessageId, sendIdOf } from '../src/mail/ids.ts';
import { startRedisServer } from '../src/queue/embedded-redis.ts';
import { groupCommit } from '../src/queue/group-commit.ts';
import { keyNames } from '../src/queue/key-names.ts';
import { createLedger } from '../src/queue/ledger.ts';
import { eventIdOf } from '../src/queue/outcome-event.ts';
import type { SendJob } from '../src/queue/send-job.ts';

const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
  },
});
const sends = Number(values.sends);
if (!Number.isSafeInteger(sends) || sends < 1) throw new TypeError('--sends must be a number');

const atOnce = 500;
const hourMs = 3_600_000;
const week = 7 * 24 * hourMs;
const hourStart = Math.floor(Date.now() / hourMs) * hourMs;
const keys = keyNames('bench');
const address = readAddress('bob@dest.example');
if (!address.ok) throw new TypeError(address.reason);
const recipient = address.address;

const folder = mkdtempSync(join(tmpdir(), 'onbehalf-bench-'));
const server = await startRedisServer({
  dataDirectory: join(folder, 'redis'),
  socketPath: join(folder, 'redis.sock'),
});
const redis = new Redis(server.url);
try {
  groupCommit(redis);
  const ledger = createLedger(redis, keys);
  const endOf = async (job: SendJob): Promise<void> => {
    const { sendId, messageId, tenant, kind, contentKey } = job;
    const about = { sendId, messageId, tenant, kind, contentKey, recipient };
    const end = { attempt: 1, state: 'accepted', result: 'accepted', at: Date.now() } as const;
    await ledger.record(job, { v: 1, eventId: eventIdOf(sendId, 1), ...about, ...end });
  };
  const peer = await bytesPerSend(async (index) => {
    const messageId = randomMessageId();
    await redis.set(sendIdOf(messageId, String(index)), `a${Date.now()}`, 'PX', week);
  });
  const rows = [
    { name: 'ledger-single', ours: await bytesPerSend(async (index) => endOf(singleJob(index))) },
    { name: 'ledger-campaign', ours: await bytesPerSend(async (index) => endOf(jobOf(index))) },
  ].map(({ name, ours }) => ({ name, ours, peer, ratio: Math.round((peer / ours) * 10) / 10 }));
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
} finally {
  redis.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function bytesPerSend(end: (index: number) => Promise<void>): Promise<number> {
  await redis.flushall();
  const before = await usedMemory();
  for (let done = 0; done < sends; done += atOnce) {
    const count = Math.min(atOnce, sends - done);
    await Promise.all(Array.from({ length: count }, async (_each, index) => end(done + index)));
  }
  await redis.del(keys.outcomes);
  return Math.round(((await usedMemory()) - before) / (sends / 10)) / 10;
}

async function usedMemory(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

function singleJob(index: number): SendJob {
  const messageId = randomMessageId();
  return {
    v: 1,
    sendId: sendIdOf(messageId, recipient),
    messageId,
    tenant: 'default',
    recipient,
    recipientDomains: ['dest.example'],
    contentKey: '0'.repeat(32),
    kind: 'single',
    createdAt: hourStart + (index % hourMs),
    sendAt: hourStart,
    expiresAt: hourStart + 72 * hourMs,
    soleSend: true,
  };
}

function jobOf(sequence: number): SendJob {
  const position = { tenant: 'default', campaign: 'spring', createdAt: hourStart, sequence };
  const sendId = campaignSendId(position, `bob${sequence}@dest.example`);
  return { ...singleJob(0), kind: 'bulk', campaign: 'spring', createdAt: hourStart, sendId };
}

function lineOf({
  name,
  ours,
  peer,
  ratio,
}: {
  name: string;
  ours: number;
  peer: number;
  ratio: number;
}) {
  return `${name.padEnd(18)}${ours.toFixed(1).padStart(8)} bytes a send, ${peer.toFixed(1)} in a key of its own: ${ratio.toFixed(1)} times less`;
}
