import { createProducer, type Producer } from '../../src/producer/index.ts';
import { createWorker, type SendWorker, type WorkerOptions } from '../../src/worker/index.ts';
import { keyNames, type KeyNames } from '../../src/queue/key-names.ts';
import { atEnd } from './leftovers.ts';
import { outcomeLog, type OutcomeLog } from './outcomes.ts';
import { startRawRelay, type RawRelay, type RawRelayOptions } from './raw-relay.ts';
import { workerOptions } from './world.ts';

/** A producer, a worker and a relay of their own, under a prefix of their own. */
export interface SendWorld {
  readonly relay: RawRelay;
  readonly log: OutcomeLog;
  readonly producer: Producer;
  readonly worker: SendWorker;
  readonly keys: KeyNames;
  readonly prefix: string;
}

let worlds = 0;

/** Starts one; closed at the end of the file. */
export async function startSendWorld(
  redisUrl: string,
  relayOptions: RawRelayOptions = {},
  more: Partial<WorkerOptions> = {},
  route: Partial<WorkerOptions['route']> = {},
): Promise<SendWorld> {
  worlds += 1;
  const prefix = `w${worlds}`;
  const relay = await startRawRelay(relayOptions);
  atEnd(() => relay.stop());
  const log = outcomeLog();
  const producer = createProducer({ redisUrl, prefix });
  atEnd(() => producer.close());
  const options = workerOptions(redisUrl, relay, { prefix, onOutcome: log.listen, ...more });
  const worker = await createWorker({
    ...options,
    route: { host: relay.host, port: relay.port, ...options.route, ...route },
  });
  atEnd(() => worker.close());
  return { relay, log, producer, worker, keys: keyNames(prefix), prefix };
}

/** A simple mail of the test world. */
export const testMail = {
  from: 'Jané Doe <jane@acme.example>',
  to: 'Bob <bob@dest.example>',
  subject: 'Your quote',
  text: 'Hello Bob\n.\nleading dot above',
} as const;
