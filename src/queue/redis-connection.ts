import { Redis } from 'ioredis';
import { codeOf, errorCatalogue, messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

/** What {@link openRedis} takes. */
export interface RedisConnectionOptions {
  /** `redis://host:port/db`, `rediss://…`, or the path of a Unix socket. */
  readonly url: string;
  /**
   * What a command does while Redis is away: `fail` answers with an error within about a second
   * (for callers who must know), `wait` waits until Redis is back (for workers).
   */
  readonly whileAway: 'fail' | 'wait';
  /** How long the first connection may take, in milliseconds; default 5,000. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
}

const reconnectMsMax = 1_000;

/**
 * Connects to Redis and waits until it is ready.
 *
 * @throws OnbehalfError `REDIS_UNAVAILABLE` when it is not ready in time
 */
export async function openRedis(options: RedisConnectionOptions): Promise<Redis> {
  const redis = lazyRedis(options);
  await readyRedis(redis, options);
  return redis;
}

/** A connection that connects by itself when first used; see {@link readyRedis}. */
export function lazyRedis(options: RedisConnectionOptions): Redis {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs ?? 5_000,
    // A connection that is closed already holds the process for so long.
    disconnectTimeout: 300,
    // BullMQ's workers need `null`: they must outlive an outage of any length.
    maxRetriesPerRequest: options.whileAway === 'fail' ? 1 : null,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), reconnectMsMax),
  });
  let away = false;
  // Without a listener ioredis prints to the console; one line per outage is enough.
  redis.on('error', (error: unknown) => {
    if (!away) options.logger?.warn('redis-away', { error: messageOf(error) });
    away = true;
  });
  redis.on('ready', () => {
    if (away) options.logger?.info('redis-back');
    away = false;
  });
  return redis;
}

const gettingReady = new WeakMap<Redis, Promise<void>>();

/**
 * Waits until a connection is ready; callers at the same time wait together. After a failure the
 * connection is closed, and the next call connects anew.
 *
 * @throws OnbehalfError `REDIS_UNAVAILABLE`
 */
export async function readyRedis(redis: Redis, options: RedisConnectionOptions): Promise<void> {
  if (redis.status === 'ready') return;
  let work = gettingReady.get(redis);
  if (work === undefined) {
    work = waitUntilReady(redis, options).finally(() => gettingReady.delete(redis));
    gettingReady.set(redis, work);
  }
  await work;
}

async function waitUntilReady(redis: Redis, options: RedisConnectionOptions): Promise<void> {
  const limitMs = options.connectTimeoutMs ?? 5_000;
  if (redis.status !== 'connecting' && redis.status !== 'connect') {
    // At once, without waiting for the turn of a reconnection. The outcome is read from the events below, which also see later tries succeed.
    redis.connect().catch(() => undefined);
  }
  let lastError: unknown;
  const ready = await new Promise<boolean>((resolve) => {
    const done = (result: boolean): void => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('error', onError);
      redis.off('end', onEnd);
      resolve(result);
    };
    const onReady = (): void => done(true);
    const onError = (error: unknown): void => {
      lastError = error;
      // Refused is an answer; only an unclear failure is worth the whole time limit.
      if (options.whileAway === 'fail') done(false);
    };
    // The connection that an earlier failure closed may end only now.
    const onEnd = (): void => {
      redis.off('end', onEnd);
      redis.connect().catch(() => undefined);
    };
    const timer = setTimeout(() => done(false), limitMs);
    redis.on('end', onEnd);
    redis.on('ready', onReady);
    redis.on('error', onError);
  });
  if (ready) return;
  redis.disconnect();
  const why = lastError === undefined ? `no answer in ${limitMs} ms` : messageOf(lastError);
  throw new OnbehalfError(
    'REDIS_UNAVAILABLE',
    `Redis at ${withoutPassword(options.url)} cannot be reached (${why}); run \`onbehalf up\` or set REDIS_URL`,
    { cause: lastError },
  );
}

/**
 * What a failed command means to a caller: `REDIS_UNAVAILABLE` when the connection was lost,
 * `REDIS_UNSUITABLE` when the server refused to store (memory, disk, rights). Errors of ours and
 * anything unexpected come back as they are.
 */
export function redisTrouble(error: unknown, url: string): unknown {
  if (Object.hasOwn(errorCatalogue, codeOf(error) ?? '')) return error;
  const message = messageOf(error);
  if (/^(?:ReplyError: )?(?:OOM|EXECABORT|MISCONF|NOPERM|READONLY)\b/.test(message)) {
    return new OnbehalfError(
      'REDIS_UNSUITABLE',
      `Redis refuses to store (${message}); check its memory, disk and rights`,
      { cause: error },
    );
  }
  if (!lostConnection.test(`${codeOf(error) ?? nameOf(error)}: ${message}`)) return error;
  return new OnbehalfError(
    'REDIS_UNAVAILABLE',
    `the connection to Redis at ${withoutPassword(url)} was lost (${message}); try again`,
    { cause: error },
  );
}

// ioredis gives no codes to its own errors; these are their names and messages.
const lostConnection =
  /^(?:MaxRetriesPerRequestError|AbortError|ECONN\w+|EPIPE|ENOENT|ETIMEDOUT)|Connection is closed|isn't writeable|LOADING/;

function nameOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'name' in error;
  return named && typeof error.name === 'string' ? error.name : '';
}

/** A Redis URL fit for logs and errors: credentials removed. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
