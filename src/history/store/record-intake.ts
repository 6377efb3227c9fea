/**
 * Writing the verdicts on mails of a mailbox into the history: one transaction for a batch, which
 * holds everything that must be true together: what became of each mail, its message, the entries
 * of its contacts, and how far the mailbox is read.
 *
 * 1. The lease is checked first; a reader that lost it writes nothing.
 * 2. A mail (epoch and UID) that is recorded already keeps its state.
 * 3. A copy of our own send joins its message and adds no entry. So does a copy whose Message-ID
 *    carries the id of a message we know we sent.
 * 4. A copy that is known by its content key is another delivery of the same mail: no entry, but
 *    the sender whose dropbox brought it is noted beside those before.
 * 5. Any other copy becomes a message with one entry for each contact.
 * 6. A mail that came back goes to the timelines of its sends (record-notices.ts); one that names none
 *    goes to quarantine.
 * 7. A mail in quarantine leaves its reason.
 */
import { and, eq } from 'drizzle-orm';
import type { HistoryDatabase, HistoryTransaction } from '../../../db/open.ts';
import { historyEntry, intake, mailboxCursor, messageSender } from '../../../db/sqlite/schema.ts';
import { parseMessageId } from '../../mail/message-id.ts';
import type {
  IntakeRecord,
  IntakeState,
  IntakeVerdict,
  MailboxEpoch,
  QuarantineReason,
} from '../intake-verdict.ts';
import { openContactBook } from './contact-book.ts';
import { ofEpoch } from './intake-states.ts';
import { requireLease, type MailboxLease } from './mailbox-lease.ts';
import { openMessageBook } from './message-book.ts';
import { recordOfCopy } from './message-record.ts';
import { notFarAhead } from './occurred-at.ts';
import { prepareInsert } from './prepared-insert.ts';
import { openNoticeRecorder } from './record-notices.ts';

type CopyVerdict = Extract<IntakeVerdict, { readonly kind: 'copy' }>;
type NoticeVerdict = Extract<IntakeVerdict, { readonly kind: 'notice' }>;
type Outcome = Pick<
  typeof intake.$inferInsert,
  'tenant' | 'state' | 'reason' | 'detail' | 'fromAddress' | 'rule' | 'contentKey' | 'messageRow'
>;

/**
 * Records a batch of mails of one mailbox; all of them or, when this throws, none.
 *
 * @param lease the right to read the mailbox they come from
 * @param now ms since 1970
 * @returns the state of each mail as it is stored now, in the order of the records
 * @throws OnbehalfError `LEASE_LOST` when another process reads the mailbox now
 */
export async function recordIntake(
  database: HistoryDatabase,
  records: readonly IntakeRecord[],
  lease: MailboxLease,
  now: number,
): Promise<readonly IntakeState[]> {
  const states = database.write((transaction) => {
    requireLease(transaction, lease);
    const recorder = openRecorder(transaction, now);
    return records.map((record) => recorder.record(record));
  });
  return Promise.resolve(states);
}

function openRecorder(transaction: HistoryTransaction, now: number) {
  const contacts = openContactBook(transaction);
  const messages = openMessageBook(transaction, contacts);
  const intakes = prepareInsert(transaction, intake);
  const entries = prepareInsert(transaction, historyEntry);
  const attributions = prepareInsert(transaction, messageSender);
  const notices = openNoticeRecorder(transaction, now);

  const attribute = (verdict: CopyVerdict, messageRow: number): void => {
    const { tenant, senderId, rule } = verdict;
    attributions.insert({ tenant, messageRow, senderId, rule, recordedAt: now });
  };

  const recordCopy = (record: IntakeRecord, verdict: CopyVerdict): Outcome => {
    const { tenant, rule, contentKey, copy } = verdict;
    const outcome = { tenant, rule, contentKey };
    const messageId =
      copy.messageIdHeader === undefined ? undefined : parseMessageId(copy.messageIdHeader);
    const own = messageId === undefined ? undefined : messages.findOwn(tenant, messageId);
    if (own !== undefined) return { ...outcome, state: 'own-send', messageRow: own.id };

    const known = messages.findCopy(tenant, contentKey);
    if (known !== undefined) {
      attribute(verdict, known.id);
      return { ...outcome, state: 'duplicate', messageRow: known.id };
    }

    const occurredAt = notFarAhead(record.internalDateMs, now);
    const details = {
      messageId,
      messageIdHeader: copy.messageIdHeader,
      inReplyTo: copy.inReplyTo,
      headerDate: copy.headerDateMs,
      occurredAt,
      sizeBytes: record.sizeBytes,
    };
    const content = recordOfCopy(copy);
    const messageRow = messages.addCopy({ tenant, contentKey, ...details }, content, now);
    attribute(verdict, messageRow);
    for (const mailbox of verdict.contacts) {
      const contactId = contacts.findOrAdd(tenant, mailbox, now);
      entries.insert({
        tenant,
        contactId,
        messageRow,
        kind: 'copy',
        senderAddress: content.from?.address ?? null,
        senderName: content.from?.name ?? null,
        occurredAt,
        recordedAt: now,
        // By contact, not by address: two addresses of one person are one line.
        dedupeKey: `copy:${contentKey}:${contactId}`,
        payload: { address: mailbox.address, senderId: verdict.senderId },
      });
    }
    return { ...outcome, state: 'done', messageRow };
  };

  const recordNotice = (record: IntakeRecord, verdict: NoticeVerdict): Outcome => {
    const { contentKey, from } = verdict;
    const recorded = notices.record(record, verdict);
    switch (recorded.kind) {
      case 'unknown-send': {
        const detail = 'nothing in it names a send that the history knows';
        const fromAddress = from ?? null;
        return {
          state: 'quarantined',
          reason: 'unknown-send' satisfies QuarantineReason,
          detail,
          contentKey,
          fromAddress,
        };
      }
      case 'new':
      case 'known': {
        const { kind, tenant, messageRow, resolution: rule, unresolved } = recorded;
        const state = kind === 'new' ? 'done' : 'duplicate';
        const detail =
          unresolved === 0
            ? null
            : `${unresolved} of ${verdict.results.length} recipients name no send that we know`;
        return { state, detail, tenant, messageRow, rule, contentKey, fromAddress: from ?? null };
      }
    }
  };

  const judge = (record: IntakeRecord): Outcome => {
    const { verdict } = record;
    switch (verdict.kind) {
      case 'copy':
        return recordCopy(record, verdict);
      case 'own-send': {
        const { tenant, messageId, contentKey } = verdict;
        const occurredAt = notFarAhead(record.internalDateMs, now);
        const own = messages.ensureOwn({ tenant, messageId, occurredAt }, now);
        return { tenant, state: 'own-send', contentKey, messageRow: own.id };
      }
      case 'notice':
        return recordNotice(record, verdict);
      case 'quarantined': {
        const { reason, detail, from } = verdict;
        return { state: 'quarantined', reason, detail, fromAddress: from ?? null };
      }
    }
  };

  return {
    /** Records one mail and returns its state as it is stored now. */
    record(record: IntakeRecord): IntakeState {
      const { uid, internalDateMs, sizeBytes } = record;
      const cursorId = cursorOf(transaction, record.epoch, uid, now);
      const stored = transaction
        .select({ state: intake.state })
        .from(intake)
        .where(and(eq(intake.cursorId, cursorId), eq(intake.uid, uid)))
        .get();
      if (stored !== undefined) return stored.state;
      const outcome = judge(record);
      const place = { cursorId, uid, internalDate: internalDateMs, sizeBytes, recordedAt: now };
      intakes.insert({ ...outcome, ...place });
      return outcome.state;
    },
  };
}

/** The row of an epoch's cursor, made or moved on so that it is at least at this UID. */
function cursorOf(
  transaction: HistoryTransaction,
  epoch: MailboxEpoch,
  uid: number,
  now: number,
): number {
  const found = transaction.select().from(mailboxCursor).where(ofEpoch(epoch)).get();
  if (found === undefined) {
    const { account, path, uidValidity } = epoch;
    return transaction
      .insert(mailboxCursor)
      .values({ account, path, uidValidity, lastUid: uid, updatedAt: now })
      .returning({ id: mailboxCursor.id })
      .get().id;
  }
  if (uid > found.lastUid) {
    transaction
      .update(mailboxCursor)
      .set({ lastUid: uid, updatedAt: now })
      .where(eq(mailboxCursor.id, found.id))
      .run();
  }
  return found.id;
}
