/**
 * Writing outcome events into the history: one transaction for a batch.
 *
 * 1. An event that is there already is a repetition and changes nothing.
 * 2. Its message is found by our id or made; the first event that brings the content completes it.
 * 3. The contact is found by the recipient's address or made.
 * 4. The event becomes an attempt, and where its send stands is computed again from all attempts.
 * 5. An event that ends its send, or holds it, appends one entry to the contact's timeline. There
 *    is one entry for the end of a send, and one for each time it is held; a deferral adds none.
 * 6. An attempt that failed in a way that says so suppresses its recipient (suppression-rules.ts).
 * 7. The first event of a send is joined by the notices that came before it (record-notices.ts).
 */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { HistoryDatabase, HistoryTransaction } from '../../../db/open.ts';
import { attempt, historyEntry, send } from '../../../db/sqlite/schema.ts';
import type { EmailAddress } from '../../mail/address.ts';
import { isFinal, type FinalState } from '../../mail/kinds.ts';
import type { OutcomeEvent } from '../../queue/outcome-event.ts';
import { evidenceText, suppressionsOf } from '../suppress/suppression-rules.ts';
import { openContactBook } from './contact-book.ts';
import { mailboxOf, openMessageBook } from './message-book.ts';
import type { MessageRecord } from './message-record.ts';
import { notFarAhead } from './occurred-at.ts';
import { prepareInsert } from './prepared-insert.ts';
import { openNoticeRecorder } from './record-notices.ts';
import { projectSend, type AttemptFacts } from './send-projection.ts';

/** An event to be recorded. */
export interface OutcomeRecord {
  readonly event: OutcomeEvent;
  /** What its message says; needed with one event of a message, ignored with the others. */
  readonly content?: MessageRecord;
}

/** What {@link recordOutcomes} wrote. */
export interface RecordedOutcomes {
  /** Events that were new. */
  readonly appended: number;
  /** Events that were there already. */
  readonly duplicates: number;
  /** Entries added to timelines, those of notices included. */
  readonly entries: number;
  /** Notices that had waited for the send of one of these events. */
  readonly joined: number;
}

/**
 * Records a batch of events, each exactly once; all of them or, when this throws, none.
 *
 * @param now ms since 1970
 */
export async function recordOutcomes(
  database: HistoryDatabase,
  outcomes: readonly OutcomeRecord[],
  now: number,
): Promise<RecordedOutcomes> {
  const recorded = database.write((transaction) => {
    const recorder = openRecorder(transaction, now);
    let appended = 0;
    let entries = 0;
    let joined = 0;
    for (const outcome of outcomes) {
      const result = recorder.record(outcome);
      if (result.kind === 'duplicate') continue;
      appended += 1;
      entries += result.entries;
      joined += result.joined;
    }
    return { appended, duplicates: outcomes.length - appended, entries, joined };
  });
  return Promise.resolve(recorded);
}

/** What became of one event. */
type RecordedEvent =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'new'; readonly entries: number; readonly joined: number };

function openRecorder(transaction: HistoryTransaction, now: number) {
  const contacts = openContactBook(transaction);
  const messages = openMessageBook(transaction, contacts);
  const sends = prepareInsert(transaction, send);
  const attempts = prepareInsert(transaction, attempt);
  const entries = prepareInsert(transaction, historyEntry);
  const notices = openNoticeRecorder(transaction, now);
  const ofTenant = sql.placeholder('tenant');
  const findEvent = transaction
    .select({ id: attempt.id })
    .from(attempt)
    .where(and(eq(attempt.eventId, sql.placeholder('eventId')), eq(attempt.tenant, ofTenant)))
    .prepare();
  const findSend = transaction
    .select({ id: send.id, contactId: send.contactId })
    .from(send)
    .where(and(eq(send.sendId, sql.placeholder('sendId')), eq(send.tenant, ofTenant)))
    .prepare();
  const attemptsOf = transaction
    .select()
    .from(attempt)
    .where(eq(attempt.sendRow, sql.placeholder('sendRow')))
    .orderBy(asc(attempt.number))
    .prepare();

  const contactOf = (event: OutcomeEvent, messageRow: number): number => {
    const recipient = event.recipient as EmailAddress;
    const name = messages.nameIn(messageRow, recipient);
    return contacts.findOrAdd(event.tenant, mailboxOf(recipient, name), now);
  };

  const addSend = (event: OutcomeEvent, messageRow: number, facts: AttemptFacts) => {
    const { tenant, sendId, recipient } = event;
    const contactId = contactOf(event, messageRow);
    const projection = projectSend([facts]);
    const id = sends.insert({ tenant, sendId, messageRow, contactId, recipient, ...projection });
    if (id === undefined) throw new TypeError(`send ${sendId} was added twice`);
    return { id, contactId };
  };

  /** An end without an attempt tells nothing new of the recipient: `suppressed` is our own list. */
  const suppressAfter = (event: OutcomeEvent): void => {
    const { tenant, sendId, recipient, from, bounce, eventId, result } = event;
    if (bounce?.suppression === undefined || result === undefined) return;
    const failure = {
      tenant,
      sendId,
      recipient,
      ...(from === undefined ? {} : { sender: from }),
      class: bounce.class,
      suppression: bounce.suppression,
      certain: true,
      source: eventId,
      evidence: evidenceText(bounce.rule, [
        event.reply?.code,
        event.reply?.enhancedCode,
        event.reply?.text ?? event.reason,
      ]),
      at: notFarAhead(event.at, now),
    };
    suppressionsOf(transaction, failure, now);
  };

  const addEntry = (
    event: OutcomeEvent,
    row: { readonly id: number; readonly contactId: number },
    message: ReturnType<typeof messages.ensureOwn>,
  ): number => {
    const kind = entryKindOf(event);
    if (kind === undefined) return 0;
    const added = entries.insert({
      ...entryOf(event, kind, now),
      messageRow: message.id,
      senderAddress: message.fromAddress,
      senderName: message.fromName,
      contactId: row.contactId,
      sendRow: row.id,
    });
    return added === undefined ? 0 : 1;
  };

  return {
    /** Records one event and says what it added. */
    record({ event, content }: OutcomeRecord): RecordedEvent {
      const { tenant, eventId, sendId } = event;
      if (findEvent.get({ eventId, tenant }) !== undefined) return { kind: 'duplicate' };
      const message = messages.ensureOwn(
        {
          tenant,
          messageId: event.messageId,
          kind: event.kind,
          ...(event.from === undefined ? {} : { fromAddress: event.from }),
          occurredAt: notFarAhead(event.at, now),
          ...(content === undefined ? {} : { content }),
        },
        now,
      );
      const facts = factsOf(event);
      const known = findSend.get({ sendId, tenant });
      const row = known ?? addSend(event, message.id, facts);
      const tookMs = event.tookMs ?? null;
      attempts.insert({ tenant, eventId, sendRow: row.id, ...facts, tookMs, recordedAt: now });
      if (known !== undefined) {
        const projection = projectSend(attemptsOf.all({ sendRow: row.id }));
        transaction.update(send).set(projection).where(eq(send.id, row.id)).run();
      }
      suppressAfter(event);
      const added = addEntry(event, row, message);
      // After the entry of the event: they stand above it, also when both are of one moment.
      const before = known === undefined ? notices.join(sendId) : { joined: 0, entries: 0 };
      return { kind: 'new', entries: added + before.entries, joined: before.joined };
    },
  };
}

function factsOf(event: OutcomeEvent): AttemptFacts {
  return {
    number: event.attempt,
    result: event.result ?? null,
    state: event.state,
    at: event.at,
    nextAt: event.nextAt ?? null,
    mode: event.mode ?? null,
    modeRow: event.modeRow ?? null,
    route: event.route ?? null,
    replyCode: event.reply?.code ?? null,
    replyEnhancedCode: event.reply?.enhancedCode ?? null,
    replyText: event.reply?.text ?? null,
    bounceClass: event.bounce?.class ?? null,
    bounceRule: event.bounce?.rule ?? null,
    reason: event.reason ?? null,
  };
}

function entryKindOf(event: OutcomeEvent): FinalState | 'held' | undefined {
  if (event.state === 'held') return 'held';
  return isFinal(event.state) ? event.state : undefined;
}

function entryOf(event: OutcomeEvent, kind: FinalState | 'held', now: number) {
  const { tenant, sendId, recipient, attempt: number, result, mode, modeRow } = event;
  const { route, reply, bounce, reason } = event;
  return {
    tenant,
    kind,
    occurredAt: notFarAhead(event.at, now),
    recordedAt: now,
    // A send ends once, whatever is reported; it may be held, released and held again.
    dedupeKey: kind === 'held' ? `send:${sendId}:held:${number}` : `send:${sendId}:final`,
    payload: {
      sendId,
      recipient,
      attempt: number,
      result,
      mode,
      modeRow,
      route,
      reply,
      bounce,
      reason,
    },
  };
}
