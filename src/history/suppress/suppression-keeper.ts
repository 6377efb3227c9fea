/**
 * Keeps the suppression list as it should be, next to the outcome consumer:
 *
 * - what changed goes to the mirror in Redis at once (after each recorded batch, and within a second
 *   for changes that others make to the database);
 * - entries whose time is over end, every minute;
 * - the mirror is compared with the database at the start, every few minutes, and whenever Redis was
 *   away: it may have come back with less than it had;
 * - DNS is asked about domains that a server gave up.
 *
 * Each of these can be cut off anywhere and done again.
 */
import type { DnsResolver } from '../../domains/resolver.ts';
import type { SuppressionCheck } from '../../queue/suppression-check.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause, unlessStopped } from '../stoppable.ts';
import { openMirrorCheck } from './check-mirror.ts';
import { confirmDomains } from './confirm-domains.ts';
import { expireSuppressions } from './expire-suppressions.ts';
import { pushSuppressions } from './push-suppressions.ts';
import type { MirrorWay } from './rebuild-mirror.ts';

/** What {@link createSuppressionKeeper} takes. */
export interface SuppressionKeeperOptions extends MirrorWay {
  readonly resolver: DnsResolver;
  /** Tells status pages how the mirror is. */
  readonly tell: (check: SuppressionCheck) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1), for the spread of waits. */
  readonly random: () => number;
  /** Time between two comparisons with the mirror, in milliseconds; default 300,000. */
  readonly checkMs?: number;
}

/** Keeps the list until it is stopped. */
export interface SuppressionKeeper {
  /** Works until the signal fires. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Tells it that there may be changes to bring to Redis. */
  nudge(): void;
  /** Has the mirror compared soon: Redis may have come back with less than it had. */
  compareSoon(): void;
  /** One turn of what is due now; rejects when Redis or the database fails. */
  turn(): Promise<void>;
  /** Asks DNS what is due now; rejects when the database fails. */
  askDns(): Promise<void>;
}

const lookMs = 1_000;
const askMs = 15_000;
const expireMs = 60_000;
const stopGraceMs = 2_000;
const retryPlan = { baseMs: 500, capMs: 15_000 };

/** A keeper; there should be one per database. */
export function createSuppressionKeeper(options: SuppressionKeeperOptions): SuppressionKeeper {
  const { database, resolver, tell, clock, logger, random, checkMs = 300_000 } = options;
  const check = openMirrorCheck(options);
  let expireAt = 0;
  let checkAt = 0;
  let repaired: SuppressionCheck['repaired'];
  let waking = new AbortController();

  const compare = async (): Promise<void> => {
    // Set before: what is asked for meanwhile must not be forgotten.
    checkAt = clock.now() + checkMs;
    const finding = await check();
    const now = clock.now();
    switch (finding.kind) {
      case 'busy':
        checkAt = 0;
        return;
      case 'rebuilt': {
        const { count, mirrorCount } = finding;
        logger.warn('suppressions-rebuilt', { count, mirrorCount });
        repaired = { at: now, mirrorCount };
        break;
      }
      case 'same':
    }
    const since = repaired === undefined ? {} : { repaired };
    await tell({ checkedAt: now, count: finding.count, ...since });
  };

  const turn = async (): Promise<void> => {
    const now = clock.now();
    if (now >= expireAt) {
      const count = await expireSuppressions(database, now);
      if (count > 0) logger.info('suppressions-expired', { count });
      expireAt = now + expireMs;
    }
    await pushSuppressions(options);
    if (now >= checkAt) await compare();
  };

  const askDns = async (): Promise<void> => {
    const count = await confirmDomains(database, resolver, clock);
    if (count > 0) logger.info('domains-suppressed', { count });
  };

  /** Does something again and again; one line in the log per outage. */
  const repeat = async (
    signal: AbortSignal,
    name: string,
    work: () => Promise<void>,
    rest: (failed: boolean) => { readonly ms: number; readonly wake: AbortSignal },
  ): Promise<void> => {
    let failureCount = 0;
    while (!signal.aborted) {
      try {
        await unlessStopped(work(), signal, stopGraceMs, clock);
        if (failureCount > 0) logger.info(`${name}-resumed`, { failureCount });
        failureCount = 0;
      } catch (error) {
        failureCount += 1;
        if (failureCount === 1) logger.error(`${name}-stopped`, { error: messageOf(error) });
      }
      const { ms, wake } = rest(failureCount > 0);
      const waitMs = failureCount === 0 ? ms : backoffMs(retryPlan, failureCount, random());
      await pause(clock, waitMs, wake);
    }
  };

  return {
    async run(signal) {
      signal.addEventListener('abort', () => waking.abort(), { once: true });
      const keeping = repeat(
        signal,
        'suppressions',
        async () => {
          waking = new AbortController();
          await turn();
        },
        (failed) => {
          // Whatever was away may have come back with less than it had.
          if (failed) checkAt = 0;
          return { ms: lookMs, wake: failed ? signal : waking.signal };
        },
      );
      const asking = repeat(signal, 'domain-questions', askDns, () => ({
        ms: askMs,
        wake: signal,
      }));
      await Promise.all([keeping, asking]);
    },
    nudge: () => waking.abort(),
    compareSoon: () => {
      checkAt = 0;
      waking.abort();
    },
    turn,
    askDns,
  };
}
