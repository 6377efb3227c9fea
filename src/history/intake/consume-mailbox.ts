/**
 * Reads a mailbox for as long as the process lives.
 *
 * 1. Take the lease of the mailbox; while another process has it, ask again.
 * 2. Open a session and make a pass over the folder (intake-round.ts). Then wait for the server to
 *    tell of new mail, at most for the poll interval, and make the next pass: hints get lost,
 *    polling does not.
 * 3. When the session or the lease is lost, or the database does not answer: close, wait (twice as
 *    long each time, at random, up to five minutes; anew after a minute that went well), begin again.
 * 4. A refused login ends it: asking again with the same password only gets the account locked.
 * 5. On the signal: no further mail is begun, the transaction in hand is finished, the session is
 *    closed and the lease given back. A server that does not answer is given two seconds.
 */
import { backoffMs } from '../../runtime/backoff.ts';
import type { BackoffPlan } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { OnbehalfError, codeOf, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Keyring } from '../../mail/keyring.ts';
import type { CopyParser } from './copy-parser.ts';
import type { DropboxAddressing } from './dropbox-token.ts';
import { holdLease, pause } from './hold-lease.ts';
import type { HeldLease } from './hold-lease.ts';
import { runRound } from './intake-round.ts';
import type { RoundReport } from './intake-round.ts';
import type { IntakeStore } from './intake-store.ts';
import type { IntakeMailbox, MailboxSession } from './mailbox.ts';

/** What {@link createMailboxConsumer} takes. */
export interface MailboxConsumerOptions {
  readonly mailbox: IntakeMailbox;
  readonly store: IntakeStore;
  /** Stays open at the end; whoever made it closes it. */
  readonly parser: CopyParser;
  /** How dropbox addresses look; absent: no copies arrive here, only notices. */
  readonly addressing?: DropboxAddressing;
  /** Proves return paths and our own messages. */
  readonly keyring: Keyring;
  /** Names this process in the lease; must differ between processes. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives numbers in [0, 1), for the waits between tries. */
  readonly random: () => number;
  /** Larger mails go to quarantine unread; default 25 MiB. */
  readonly messageMaxBytes?: number;
  /** Longest wait between two passes, in ms; default 30 000. */
  readonly pollMs?: number;
  /**
   * How long another process waits for the mailbox after this one crashed, in ms; default 30 000.
   */
  readonly leaseTtlMs?: number;
}

/** Reads one mailbox. */
export interface MailboxConsumer {
  /**
   * Reads until the signal fires.
   *
   * @throws OnbehalfError `MAILBOX_LOGIN_REFUSED`
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Makes a single pass in a session of its own.
   *
   * @throws OnbehalfError `LEASE_LOST` while another process has the mailbox, and all that a pass
   *   throws
   */
  round(signal?: AbortSignal): Promise<RoundReport>;
}

/** Full jitter: between 0 and 1 s after the first failure, between 0 and 5 min in the end. */
const reconnectPlan: BackoffPlan = { baseMs: 500, capMs: 150_000, jitter: 1 };
const healthyMs = 60_000;
const stopGraceMs = 2000;

/** Creates a consumer; it does nothing before `run` or `round`. */
export function createMailboxConsumer(options: MailboxConsumerOptions): MailboxConsumer {
  const { mailbox, store, clock, holder } = options;
  const leaseTtlMs = options.leaseTtlMs ?? 30_000;
  const pollMs = options.pollMs ?? 30_000;
  const logger = options.logger.child({ mailbox: mailbox.name });
  const parts = {
    store,
    clock,
    logger,
    parser: options.parser,
    keyring: options.keyring,
    ...(options.addressing === undefined ? {} : { addressing: options.addressing }),
    messageMaxBytes: options.messageMaxBytes ?? 25 * 1024 * 1024,
  };
  const takeLease = (): Promise<HeldLease | undefined> =>
    holdLease(mailbox.name, holder, { store, clock, logger, leaseTtlMs });

  const pass = async (
    session: MailboxSession,
    held: HeldLease,
    stop: AbortSignal,
  ): Promise<RoundReport> => {
    const report = await runRound(session, held.lease, parts, stop);
    if (report.seen > 0) logger.info('intake-round', { ...report });
    return report;
  };

  /** Opens a session, uses it and closes it, whatever happens; a stop may cut it short. */
  const withSession = async <Result>(
    signal: AbortSignal,
    use: (session: MailboxSession) => Promise<Result>,
  ): Promise<Result> => {
    const session = await mailbox.open(signal);
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      timer = setTimeout(() => void session.close(), stopGraceMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await use(session);
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      await session.close();
    }
  };

  /** Reads until the signal fires; throws when the session or the lease is lost before. */
  const readOn = async (held: HeldLease, signal: AbortSignal): Promise<void> => {
    const stop = AbortSignal.any([signal, held.lost]);
    try {
      await withSession(stop, async (session) => {
        logger.info('mailbox-opened', { uidValidity: session.epoch.uidValidity });
        while (!stop.aborted) {
          await pass(session, held, stop);
          await session.waitForMail(pollMs, stop);
        }
      });
    } catch (error) {
      if (!held.lost.aborted) throw error;
    }
    if (held.lost.aborted) throw leaseLost(mailbox.name);
  };

  /** Takes the lease, reads, and gives it back; false while another process has it. */
  const readWithLease = async (signal: AbortSignal): Promise<boolean> => {
    const held = await takeLease();
    if (held === undefined) return false;
    try {
      await readOn(held, signal);
      return true;
    } finally {
      await giveBack(held);
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    let waiting = false;
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        if (await readWithLease(signal)) return;
        if (!waiting) logger.info('mailbox-held-by-another');
        waiting = true;
        await pause(clock, leaseTtlMs / 3, signal);
      } catch (error) {
        if (signal.aborted) return;
        waiting = false;
        failures = clock.now() - startedAt >= healthyMs ? 1 : failures + 1;
        const waitMs = backoffMs(reconnectPlan, failures, options.random());
        report(error, waitMs);
        if (codeOf(error) === 'MAILBOX_LOGIN_REFUSED') throw error;
        await pause(clock, waitMs, signal);
      }
    }
  };

  const report = (error: unknown, waitMs: number): void => {
    const code = codeOf(error);
    const fields = { code, error: messageOf(error), waitMs };
    if (code === 'MAILBOX_LOGIN_REFUSED') logger.error('mailbox-login-refused', fields);
    else if (code === 'MAILBOX_UNAVAILABLE' || code === 'LEASE_LOST') {
      logger.warn('mailbox-interrupted', fields);
    } else logger.error('mailbox-intake-failed', fields);
  };

  const giveBack = async (held: HeldLease): Promise<void> => {
    try {
      await held.release();
    } catch (error) {
      // it expires by itself
      logger.warn('mailbox-lease-not-released', { error: messageOf(error) });
    }
  };

  const round = async (signal = new AbortController().signal): Promise<RoundReport> => {
    const held = await takeLease();
    if (held === undefined) throw leaseLost(mailbox.name);
    try {
      const stop = AbortSignal.any([signal, held.lost]);
      return await withSession(stop, (session) => pass(session, held, stop));
    } finally {
      await giveBack(held);
    }
  };
  return { run, round };
}

function leaseLost(mailbox: string): OnbehalfError {
  return new OnbehalfError('LEASE_LOST', `another process reads the mailbox ${mailbox}`);
}
