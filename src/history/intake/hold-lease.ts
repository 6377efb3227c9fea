import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { MailboxLease } from '../store/mailbox-lease.ts';
import type { IntakeStore } from './intake-store.ts';

/** A lease that is renewed in the background. */
export interface HeldLease {
  readonly lease: MailboxLease;
  /** Fires when another process has taken the mailbox over. */
  readonly lost: AbortSignal;
  /** Stops renewing and gives it back. */
  release(): Promise<void>;
}

/** What {@link holdLease} needs. */
export interface LeaseKeeping {
  readonly store: IntakeStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the lease lasts without renewal, in ms. */
  readonly leaseTtlMs: number;
}

/**
 * Takes the lease of a mailbox and renews it at a third of its time until it is released or lost.
 *
 * @returns undefined while another process holds it
 */
export async function holdLease(
  mailbox: string,
  holder: string,
  keeping: LeaseKeeping,
): Promise<HeldLease | undefined> {
  const { store, leaseTtlMs } = keeping;
  const lease = await store.takeLease(mailbox, holder, leaseTtlMs);
  if (lease === undefined) return undefined;
  const lost = new AbortController();
  const released = new AbortController();
  const renewing = renew(lease, keeping, lost, released.signal);
  return {
    lease,
    lost: lost.signal,
    async release() {
      released.abort();
      await renewing;
      if (!lost.signal.aborted) await store.releaseLease(lease);
    },
  };
}

async function renew(
  lease: MailboxLease,
  { store, clock, logger, leaseTtlMs }: LeaseKeeping,
  lost: AbortController,
  released: AbortSignal,
): Promise<void> {
  while (!lost.signal.aborted) {
    await pause(clock, leaseTtlMs / 3, released);
    if (released.aborted) return;
    try {
      if ((await store.renewLease(lease, leaseTtlMs)) === undefined) lost.abort();
    } catch (error) {
      // Writes check the lease themselves, so nothing is at risk while renewing fails.
      logger.warn('mailbox-lease-not-renewed', {
        mailbox: lease.mailbox,
        error: messageOf(error),
      });
    }
  }
}

/** Sleeps for `ms`, less when the signal fires. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
