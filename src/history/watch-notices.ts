/**
 * Reports what an operator should know of what comes back: a burst of forged return paths, which
 * somebody makes up to get our contacts suppressed, and notices whose sends never turned up, which
 * another installation with the same keys or a lost history would leave. One line each, not one for
 * each mail.
 */
import type { HistoryDatabase } from '../../db/open.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { countForged, countWaiting, forgedBurst, forgedWindowMs } from './store/notice-counts.ts';

/** What {@link createNoticeWatch} takes. */
export interface NoticeWatchOptions {
  readonly database: HistoryDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks for what should be reported. */
export interface NoticeWatch {
  /** Looks once; a burst is reported when it begins, waiting notices once a day. */
  look(): Promise<void>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Makes a watch; it remembers what it has reported. */
export function createNoticeWatch({ database, clock, logger }: NoticeWatchOptions): NoticeWatch {
  let inBurst = false;
  let waitingReportedAt = Number.NEGATIVE_INFINITY;
  return {
    async look() {
      const now = clock.now();
      const forged = await countForged(database, now - forgedWindowMs);
      if (forged >= forgedBurst && !inBurst) {
        logger.error('forged-return-paths', {
          count: forged,
          withinMs: forgedWindowMs,
          hint: 'somebody makes up bounces: they are in quarantine and change nothing',
        });
      }
      inBurst = forged >= forgedBurst;
      const { count, oldestAt } = await countWaiting(database);
      const isOld = oldestAt !== undefined && now - oldestAt >= hourMs;
      if (isOld && now - waitingReportedAt >= dayMs) {
        waitingReportedAt = now;
        logger.warn('notices-wait-for-their-sends', {
          count,
          oldestAt,
          hint: 'does this database get the outcome events of the sends that they are about?',
        });
      }
    },
  };
}
