import type { HistoryDatabase } from '../../db/open.ts';
import type { Clock } from '../runtime/clock.ts';
import type { IntakeStore } from './intake/intake-store.ts';
import { markMoved, readIntakeStates } from './store/intake-states.ts';
import { releaseLease, renewLease, takeLease } from './store/mailbox-lease.ts';
import { recordIntake } from './store/record-intake.ts';
import { findDropbox } from './store/senders.ts';

/** Gives the mailbox consumer the history database as its store. */
export function bindIntakeStore(database: HistoryDatabase, clock: Clock): IntakeStore {
  return {
    takeLease: (mailbox, holder, ttlMs) => takeLease(database, mailbox, holder, ttlMs, clock.now()),
    renewLease: (lease, ttlMs) => renewLease(database, lease, ttlMs, clock.now()),
    releaseLease: (lease) => releaseLease(database, lease),
    findDropbox: (tokenHash) => findDropbox(database, tokenHash),
    readIntakeStates: (epoch, uids) => readIntakeStates(database, epoch, uids),
    recordIntake: (records, lease) => recordIntake(database, records, lease, clock.now()),
    markMoved: (epoch, uids) => markMoved(database, epoch, uids, clock.now()),
  };
}
