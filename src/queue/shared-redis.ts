/**
 * The Redis server that processes of one host share when none is configured.
 *
 * - Its data lies in `<state>/redis`; `<state>/redis.json` says where it answers. Its socket lies
 *   in a short temporary path derived from the state directory, since socket paths are limited.
 * - Who holds the lock `redis.lock` is responsible for the server. Whoever comes while the lock is
 *   held waits until the server answers and joins it.
 * - Who gets the lock looks first whether a server of this state directory runs already: its
 *   starter was killed, so this process waits until its data is loaded and adopts it. One that
 *   runs but does not answer is an error: a second server on the same data would spoil them.
 * - A release by the responsible process takes `redis.json` away, ends the server, and gives the
 *   lock back last, so that nobody starts a server before the old one has ended.
 */
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { silentLogger } from '../runtime/logger.ts';
import type { Logger } from '../runtime/logger.ts';
import { livingProcess, processIdentity } from '../runtime/process-identity.ts';
import { tryProcessLock } from '../runtime/process-lock.ts';
import type { ProcessLock } from '../runtime/process-lock.ts';
import { swallow } from '../runtime/swallow.ts';
import { startRedisServer } from './embedded-redis.ts';
import { answersPing, askRedis } from './redis-ping.ts';
import { readRedisRecord, removeRedisRecord, writeRedisRecord } from './redis-record.ts';
import { socketPathFor } from './redis-socket-path.ts';

const waitStepMs = 50;
const stopTimeoutMs = 30_000;

/** What {@link joinOrStartRedis} takes. */
export interface SharedRedisOptions {
  /** Where the state of this installation lies, e.g. `.onbehalf`; made when missing. */
  readonly stateDirectory: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Longest wait for a server that somebody else has started, in milliseconds; default 60 000. */
  readonly joinTimeoutMs?: number;
}

/** A Redis server this process uses, together with others. */
export interface SharedRedis {
  /** A Unix socket path, for `new Redis(url)`. */
  readonly url: string;
  /** This process is responsible for the server: it started it, or adopted one left behind. */
  readonly started: boolean;
  /** Ends the server if `started`, else leaves it alone; may be called twice. */
  release(): Promise<void>;
}

/**
 * Joins the shared server of a state directory, or starts it. The server lives until the process
 * responsible for it releases it.
 *
 * @throws OnbehalfError `SERVER_MISSING`; `SERVER_FAILED`, also when a server somebody else has
 *   started does not answer in time
 */
export async function joinOrStartRedis(options: SharedRedisOptions): Promise<SharedRedis> {
  const { stateDirectory } = options;
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const deadline = clock.now() + (options.joinTimeoutMs ?? 60_000);
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  for (;;) {
    const result = tryProcessLock(stateDirectory, 'redis.lock');
    if (result.kind === 'taken') {
      return beResponsible(stateDirectory, result.lock, { clock, logger, deadline });
    }
    const url = await findSharedRedis(stateDirectory);
    if (url !== undefined) {
      logger.info('redis-joined', { url, startedBy: result.pid });
      return { url, started: false, release: () => Promise.resolve() };
    }
    if (clock.now() > deadline) {
      throw new OnbehalfError(
        'SERVER_FAILED',
        `Process ${result.pid} is responsible for Redis in ${stateDirectory}, but none answers.`,
      );
    }
    await clock.sleep(waitStepMs);
  }
}

/** Address of the shared server of a state directory; undefined when none answers. */
export async function findSharedRedis(stateDirectory: string): Promise<string | undefined> {
  const url = (await readRedisRecord(stateDirectory))?.url;
  return url !== undefined && (await answersPing(url)) ? url : undefined;
}

interface Waiting {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deadline: number;
}

interface Stoppable {
  readonly url: string;
  stop(): Promise<void>;
}

async function beResponsible(
  stateDirectory: string,
  lock: ProcessLock,
  waiting: Waiting,
): Promise<SharedRedis> {
  try {
    const orphan = await findOrphan(stateDirectory, waiting);
    const server =
      orphan === undefined
        ? await start(stateDirectory, waiting.logger)
        : adopt(orphan, waiting.logger);
    const end = async (): Promise<void> => {
      try {
        await removeRedisRecord(stateDirectory);
        await server.stop();
        await swallow(rmdir(dirname(server.url)), 'an empty folder may stay', waiting.logger);
      } finally {
        lock.release();
      }
    };
    let releasing: Promise<void> | undefined;
    return { url: server.url, started: true, release: () => (releasing ??= end()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(stateDirectory: string, logger: Logger): Promise<Stoppable> {
  const server = await startRedisServer({
    dataDirectory: join(stateDirectory, 'redis'),
    socketPath: await socketPathFor(stateDirectory),
  });
  const { url, pid } = server;
  await writeRedisRecord(stateDirectory, {
    url,
    pid,
    identity: processIdentity(pid),
    startedAt: new Date().toISOString(),
  });
  logger.info('redis-started', { url, redisPid: pid });
  let stopping = false;
  void server.exited.then((exit) => {
    if (!stopping) logger.error('redis-ended', { url, ...exit });
  });
  return {
    url,
    stop: () => {
      stopping = true;
      return server.stop();
    },
  };
}

function adopt(url: string, logger: Logger): Stoppable {
  logger.info('redis-adopted', { url });
  return {
    url,
    async stop() {
      // Through its socket and not by a signal: the process id may belong to another by now.
      // It flushes the append-only file, and answers by closing the connection.
      const answer = await askRedis(url, 'SHUTDOWN NOSAVE', stopTimeoutMs);
      if (answer.kind === 'closed' || answer.kind === 'absent') return;
      const what = answer.kind === 'line' ? answer.line : 'no answer';
      throw new OnbehalfError('SERVER_FAILED', `Redis at ${url} did not stop: ${what}`);
    },
  };
}

/** Address of a server of this state directory that runs although nobody holds the lock. */
async function findOrphan(stateDirectory: string, waiting: Waiting): Promise<string | undefined> {
  const record = await readRedisRecord(stateDirectory);
  // The path is tried even without a record: the starter may have died before it wrote one.
  const urls = new Set([await socketPathFor(stateDirectory), ...(record ? [record.url] : [])]);
  for (const url of urls) {
    let answer = await askRedis(url, 'PING');
    while (answer.kind === 'line' && answer.line !== '+PONG') {
      if (waiting.clock.now() > waiting.deadline) throw notAnswering(url, answer.line);
      await waiting.clock.sleep(waitStepMs);
      answer = await askRedis(url, 'PING');
    }
    if (answer.kind === 'line') return url;
    if (answer.kind === 'silent') throw notAnswering(url, 'no answer');
  }
  if (record !== undefined && livingProcess(record.identity) !== undefined) {
    throw notAnswering(record.url, `process ${record.pid} runs but does not listen`);
  }
  return undefined;
}

function notAnswering(url: string, what: string): OnbehalfError {
  return new OnbehalfError(
    'SERVER_FAILED',
    `A Redis server of an earlier run cannot be used at ${url}: ${what}. End it and try again.`,
  );
}
