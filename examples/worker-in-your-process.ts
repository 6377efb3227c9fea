/**
 * Runs a send worker inside your own program, with options instead of a configuration file.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 RELAY_HOST=relay.example RELAY_PORT=587 \
 *   DKIM_KEY_FILE=dkim.pem TOKEN_SECRET=$(openssl rand -base64 32) \
 *   npx tsx examples/worker-in-your-process.ts
 *
 * Keep TOKEN_SECRET: bounces are recognised by it, and the history needs the same one.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createWorker } from 'onbehalf/worker';

const zoneFile = process.env['DNS_ZONE_FILE'];
const worker = await createWorker({
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  provider: { domain: 'crm.example', senderName: 'Acme CRM' },
  dkim: [
    {
      selector: 's1',
      privateKey: readFileSync(process.env['DKIM_KEY_FILE'] ?? 'dkim.pem', 'utf8'),
    },
  ],
  keyring: {
    current: 'a',
    keys: { a: Buffer.from(process.env['TOKEN_SECRET'] ?? '', 'base64') },
  },
  route: {
    host: process.env['RELAY_HOST'] ?? '127.0.0.1',
    port: Number(process.env['RELAY_PORT'] ?? 25),
    connectionsMax: 5,
  },
  // Without this the servers of this machine are asked; a zone is for tests and offline.
  ...(zoneFile === undefined ? {} : { dns: { zone: JSON.parse(readFileSync(zoneFile, 'utf8')) } }),
  retry: { baseMs: 60_000, capMs: 3_600_000 },
  onOutcome({ recipient, attempt, result, state, reply }) {
    const answer = reply === undefined ? '' : `: ${reply.code} ${reply.text}`;
    console.log(`${recipient} attempt ${attempt} ${result}, now ${state}${answer}`);
  },
});
console.log('ready');

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
// Takes no more mails, finishes the transactions in hand, then ends.
await worker.close();
