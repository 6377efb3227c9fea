import type { HistoryDatabase } from '../../../db/open.ts';
import type { Clock } from '../../runtime/clock.ts';
import { markLeft, markMoved, readIntakeStates } from '../store/intake-states.ts';
import { releaseLease, renewLease, takeLease } from '../store/mailbox-lease.ts';
import { recordIntake } from '../store/record-intake.ts';
import { findDropbox } from '../store/senders.ts';
import type { IntakeStore } from './intake-store.ts';

/** What the mailbox consumer needs of the history, on a database. */
export function bindIntakeStore(database: HistoryDatabase, clock: Clock): IntakeStore {
  return {
    takeLease: (mailbox, holder, ttlMs) => takeLease(database, mailbox, holder, ttlMs, clock.now()),
    renewLease: (lease, ttlMs) => renewLease(database, lease, ttlMs, clock.now()),
    releaseLease: (lease) => releaseLease(database, lease),
    findDropbox: (tokenHash) => findDropbox(database, tokenHash),
    readIntakeStates: (epoch, uids) => readIntakeStates(database, epoch, uids),
    recordIntake: (records, lease) => recordIntake(database, records, lease, clock.now()),
    markLeft: (epoch, present) => markLeft(database, epoch, present, clock.now()),
    markMoved: (epoch, uids) => markMoved(database, epoch, uids, clock.now()),
  };
}
