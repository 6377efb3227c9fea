import type { Redis } from 'ioredis';
import type { Config } from '../config/config.ts';
import { isSendId, type SendId } from '../mail/ids.ts';
import { createHeldSends, type HeldSends } from '../queue/held.ts';
import { keyNames, type KeyNames } from '../queue/key-names.ts';
import { createLedger, type Ledger } from '../queue/ledger.ts';
import { createLimits, type Limits } from '../queue/limits.ts';
import { openRedis } from '../queue/redis-connection.ts';
import { createSendQueue, type SendQueue } from '../queue/send-queue.ts';
import { systemClock } from '../runtime/clock.ts';
import { validationError } from '../runtime/errors.ts';
import { redisUrlOf } from './context.ts';

/** What verbs look into and decide with. */
export interface Operations extends AsyncDisposable {
  readonly redis: Redis;
  readonly keys: KeyNames;
  readonly ledger: Ledger;
  readonly queue: SendQueue;
  readonly held: HeldSends;
  readonly limits: Limits;
  /** Ms since 1970. */
  readonly now: () => number;
}

/**
 * Opens the Redis of an installation for a verb.
 *
 * @throws OnbehalfError `REDIS_UNAVAILABLE`
 */
export async function openOperations(config: Config): Promise<Operations> {
  const redis = await openRedis({ url: await redisUrlOf(config), whileAway: 'fail' });
  const keys = keyNames(config.redis.prefix);
  const ledger = createLedger(redis, keys);
  const queue = createSendQueue(redis, keys);
  const now = (): number => systemClock.now();
  return {
    redis,
    keys,
    ledger,
    queue,
    now,
    limits: createLimits(redis, keys),
    held: createHeldSends({ redis, keys, ledger, queue, now }),
    async [Symbol.asyncDispose]() {
      await queue.close();
      redis.disconnect();
    },
  };
}

/**
 * A send id from the command line.
 *
 * @throws OnbehalfError `INVALID_INPUT`
 */
export function sendIdArgument(verb: string, text: string): SendId {
  if (isSendId(text)) return text;
  const message = 'must be the id of a send: 26 letters a to z and digits 2 to 7';
  throw validationError('INVALID_INPUT', verb, [{ field: 'sendId', message }]);
}
