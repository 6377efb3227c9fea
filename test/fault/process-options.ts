import { generateKeyPairSync } from 'node:crypto';
import { testZone } from '../support/world.ts';
import type { WorkerProcessOptions } from './spawn-worker.ts';

/** How many sends one of these workers has in hand at most. */
export const inHandMax = 6;

/** Options of worker processes of crm.example: short locks, fast retries, a key of their own. */
export function workerProcessOptions(
  redisUrl: string,
  prefix: string,
  relay: { readonly host: string; readonly port: number },
): WorkerProcessOptions {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    redisUrl,
    prefix,
    provider: { domain: 'crm.example' },
    dkim: [
      {
        selector: 's1',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    ],
    dns: { zone: testZone },
    secretHex: '07'.repeat(32),
    route: {
      host: relay.host,
      port: relay.port,
      connectionsMax: 4,
      connectTimeoutMs: 1_000,
      replyTimeoutMs: 1_000,
    },
    retry: { baseMs: 100, capMs: 1_000 },
    concurrency: inHandMax,
    lockMs: 2_000,
    drainMs: 5_000,
  };
}
