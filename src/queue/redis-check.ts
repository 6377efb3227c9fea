import type { Redis } from 'ioredis';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';

/** Something about the Redis server that an operator should change. */
export interface RedisFinding {
  /** Stable name of the finding. */
  readonly kind: 'version' | 'eviction' | 'persistence' | 'clock' | 'unreadable';
  /** What is wrong and what to do, one sentence. */
  readonly message: string;
}

const oldestVersion = [6, 2] as const;
const skewMsMax = 500;

/**
 * Looks at the server once, at start: version, eviction policy, append-only file, clock.
 *
 * @returns what should be changed; work can go on
 * @throws OnbehalfError `REDIS_UNSUITABLE` for a server older than 6.2, which lacks commands we use
 */
export async function checkRedis(redis: Redis, nowMs: number): Promise<readonly RedisFinding[]> {
  const version = await readVersion(redis);
  if (version !== undefined && isOlder(version)) {
    throw new OnbehalfError(
      'REDIS_UNSUITABLE',
      `Redis ${version} is too old: Onbehalf needs 6.2 or newer; upgrade the server`,
    );
  }
  const findings: RedisFinding[] = [];
  const policy = await readSetting(redis, 'maxmemory-policy');
  const appendOnly = await readSetting(redis, 'appendonly');
  if (policy === undefined || appendOnly === undefined) {
    findings.push({
      kind: 'unreadable',
      message:
        'the server does not tell its settings (CONFIG is not allowed); make sure that maxmemory-policy is noeviction and appendonly is yes',
    });
  }
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push({
      kind: 'eviction',
      message: `maxmemory-policy is ${policy}: Redis may throw away mail when memory is short; set it to noeviction`,
    });
  }
  if (appendOnly === 'no') {
    findings.push({
      kind: 'persistence',
      message:
        'appendonly is no: a restart of Redis loses what was enqueued since its last snapshot; set it to yes',
    });
  }
  const skewMs = (await readTime(redis)) - nowMs;
  if (Math.abs(skewMs) > skewMsMax) {
    findings.push({
      kind: 'clock',
      message: `the clocks of Redis and this machine differ by ${Math.round(skewMs)} ms; synchronise them`,
    });
  }
  return findings;
}

async function readVersion(redis: Redis): Promise<string | undefined> {
  const info = await redis.info('server');
  // Valkey reports the Redis version it is compatible with under the same name.
  return /redis_version:(\S+)/.exec(info)?.[1];
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1]);
}

async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const answer = await redis.config('GET', name);
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  } catch (error) {
    // Hosted servers rename or forbid CONFIG.
    if (/unknown command|NOPERM|not allowed/i.test(messageOf(error))) return undefined;
    throw error;
  }
}

async function readTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
