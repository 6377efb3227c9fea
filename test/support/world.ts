import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '../../src/worker/index.ts';

/** A DKIM key pair of the test provider, made once for the file that imports this. */
export const dkimKeyPair = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The public key as a DKIM TXT record. */
export const dkimRecord = `v=DKIM1; k=rsa; p=${dkimKeyPair.publicKey
  .export({ type: 'spki', format: 'der' })
  .toString('base64')}`;

/** Secrets of the test provider. */
export const testKeyring = { current: 'a', keys: { a: Buffer.alloc(32, 7) } };

/** A zone file of the test world: domains without DMARC, mailboxes at nobody special. */
export const testZoneFile = fileURLToPath(new URL('./dns-zone.json', import.meta.url));

/** DNS as the test world sees it. */
export const testZone = JSON.parse(readFileSync(testZoneFile, 'utf8')) as Readonly<
  Record<string, unknown>
>;

/** Options of a worker of the test provider crm.example, with fast retries. */
export function workerOptions(
  redisUrl: string,
  relay: { readonly host: string; readonly port: number },
  more: Partial<WorkerOptions> = {},
): WorkerOptions {
  return {
    redisUrl,
    provider: { domain: 'crm.example', senderName: 'Acme CRM' },
    dkim: [
      {
        selector: 's1',
        privateKey: dkimKeyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    ],
    keyring: testKeyring,
    route: { host: relay.host, port: relay.port, connectionsMax: 4, connectTimeoutMs: 5_000 },
    dns: { zone: testZone },
    retry: { baseMs: 50, capMs: 200, jitter: 0 },
    lockMs: 2_000,
    drainMs: 5_000,
    ...more,
  };
}
