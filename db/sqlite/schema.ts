/**
 * The tables of the history database, in words of the project (ARCHITECTURE.md, words).
 *
 * Only the adapter beside this file is imported. For another dialect, copy this file next to that
 * dialect's `columns.ts`; the definitions stay as they are, only where the import leads changes.
 *
 * - `history_entry` is the truth and is only ever appended to; `attempt` and `suppression_audit` too. `send` is a projection
 *   that can be computed again from `attempt`; `message` gathers what became known of a message.
 * - The tenant is on every row that belongs to one, and in every unique key but four: a dropbox token
 *   and a send id tell the tenant, so they are unique as a whole; intake and cursor belong to a mailbox.
 * - In unique keys the selective column comes first: rows are looked up by lists of ids.
 * - Columns that end in `_row` or `_id` refer to the row number of another table, except
 *   `message.message_id`, `send.send_id`, `notice.send_id` and `attempt.event_id`, which are our opaque ids.
 */
import {
  expression,
  index,
  integer,
  json,
  moment,
  rowNumber,
  table,
  text,
  uniqueIndex,
  word,
} from './columns.ts';
import { contact, sender } from './people-tables.ts';

export * from './people-tables.ts';

export * from './suppression-tables.ts';

/** Where a send may be; the words of the mail room, which this room must not import. */
type StateWord =
  'waiting' | 'held' | 'accepted' | 'rejected' | 'expired' | 'suppressed' | 'cancelled';

/** What a mail that came back says of a send. */
type NoticeWord = 'bounced' | 'delayed' | 'complained' | 'auto-replied';

/** How a message may be masked. */
type ModeWord = 'on-behalf' | 'aligned' | 'rewritten' | 'direct';

/** What the recipients see: ours, or a copy of one that a sender wrote in her own program. */
export const message = table(
  'message',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    /** Our opaque id; null for a copy whose Message-ID is not of our form. */
    messageId: text('message_id'),
    /** Content key of the copy; null where no copy was recorded. */
    contentKey: text('content_key'),
    /** `single`, `sequence`, `bulk` or `copy`; null while only a copy of our own send was seen. */
    kind: word<'single' | 'sequence' | 'bulk' | 'copy'>('kind'),
    /** Message-ID field as it stands. */
    messageIdHeader: text('message_id_header'),
    inReplyTo: text('in_reply_to'),
    subject: text('subject'),
    fromAddress: text('from_address'),
    fromName: text('from_name'),
    /** Date field; shown, never sorted by. */
    headerDate: moment('header_date'),
    /** When our server received the copy, or our first attempt ended. */
    occurredAt: moment('occurred_at').notNull(),
    /** Size of the copy as received. */
    sizeBytes: integer('size_bytes'),
    /** Where subject, parties, body and attachments come from; null while they are unknown. */
    contentFrom: word<'send' | 'copy'>('content_from'),
    /** The caller's own data of a send. */
    metadata: json<Readonly<Record<string, string>>>('metadata'),
    /**
     * With these filled, the bodies are what was sent: they are templates, the subject is filled
     * already. Null where the bodies are texts.
     */
    variables: json<Readonly<Record<string, string>>>('variables'),
    recordedAt: moment('recorded_at').notNull(),
  },
  (columns) => [
    uniqueIndex('message_own').on(columns.messageId, columns.tenant),
    uniqueIndex('message_content_key').on(columns.contentKey, columns.tenant),
  ],
);

/** Who stands in the header of a message. */
export const messageParty = table(
  'message_party',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    messageRow: integer('message_row')
      .notNull()
      .references(() => message.id),
    role: word<'to' | 'cc' | 'reply-to'>('role').notNull(),
    /** Place within its field, from 0. */
    position: integer('position').notNull(),
    address: text('address').notNull(),
    name: text('name'),
  },
  ({ messageRow, role, position, tenant }) => [
    uniqueIndex('message_party_place').on(messageRow, role, position, tenant),
  ],
);

/** Text and HTML of a message, once however many recipients it had. */
export const body = table('body', {
  messageRow: integer('message_row')
    .primaryKey()
    .references(() => message.id),
  tenant: text('tenant').notNull(),
  text: text('text'),
  html: text('html'),
});

/** What is known of a file that travelled with a message; its bytes are not kept. */
export const attachment = table(
  'attachment',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    messageRow: integer('message_row')
      .notNull()
      .references(() => message.id),
    position: integer('position').notNull(),
    filename: text('filename').notNull(),
    contentType: text('content_type').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** SHA-256 of the decoded bytes, hex. */
    sha256: text('sha256').notNull(),
  },
  (columns) => [
    uniqueIndex('attachment_place').on(columns.messageRow, columns.position, columns.tenant),
  ],
);

/** Which senders' dropbox addresses brought a copy. */
export const messageSender = table(
  'message_sender',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    messageRow: integer('message_row')
      .notNull()
      .references(() => message.id),
    senderId: integer('sender_id')
      .notNull()
      .references(() => sender.id),
    /** The delivery header that gave the token away. */
    rule: text('rule').notNull(),
    recordedAt: moment('recorded_at').notNull(),
  },
  (columns) => [
    uniqueIndex('message_sender_pair').on(columns.messageRow, columns.senderId, columns.tenant),
  ],
);

/** One intention to send one message to one recipient; computed from its attempts. */
export const send = table(
  'send',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    sendId: text('send_id').notNull(),
    messageRow: integer('message_row')
      .notNull()
      .references(() => message.id),
    contactId: integer('contact_id')
      .notNull()
      .references(() => contact.id),
    recipient: text('recipient').notNull(),
    state: word<StateWord>('state').notNull(),
    /** Attempts that had a result; an end without one is not counted. */
    attemptCount: integer('attempt_count').notNull(),
    /** Number of the attempt that the state comes from. */
    lastAttempt: integer('last_attempt').notNull(),
    mode: word<ModeWord>('mode'),
    /** Row of the decision table that chose the mode. */
    modeRow: integer('mode_row'),
    route: text('route'),
    replyCode: integer('reply_code'),
    replyEnhancedCode: text('reply_enhanced_code'),
    replyText: text('reply_text'),
    /** What the last failure means, and the rule that said so; null where none was told. */
    bounceClass: text('bounce_class'),
    bounceRule: text('bounce_rule'),
    reason: text('reason'),
    /** Time of the first event of the send. */
    firstAt: moment('first_at').notNull(),
    /** Time of the event that the state comes from. */
    lastAt: moment('last_at').notNull(),
    nextAt: moment('next_at'),
    finalAt: moment('final_at'),
    /** What the latest mail that came back about it says; null where none came. */
    noticeKind: word<NoticeWord>('notice_kind'),
    noticeClass: text('notice_class'),
    noticeAt: moment('notice_at'),
  },
  (columns) => [
    uniqueIndex('send_own').on(columns.sendId, columns.tenant),
    index('send_message').on(columns.messageRow),
    // Waiting sends are lines of the timeline without being entries; they are few.
    index('send_waiting')
      .on(columns.contactId, columns.firstAt, columns.id)
      .where(expression`state = 'waiting'`),
    index('send_state').on(columns.tenant, columns.state),
  ],
);

/** One outcome event: an attempt, or an end without one. */
export const attempt = table(
  'attempt',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    eventId: text('event_id').notNull(),
    sendRow: integer('send_row')
      .notNull()
      .references(() => send.id),
    number: integer('number').notNull(),
    result: word<'accepted' | 'deferred' | 'rejected' | 'uncertain'>('result'),
    state: word<StateWord>('state').notNull(),
    at: moment('at').notNull(),
    nextAt: moment('next_at'),
    mode: word<ModeWord>('mode'),
    /** Row of the decision table that chose the mode. */
    modeRow: integer('mode_row'),
    route: text('route'),
    replyCode: integer('reply_code'),
    replyEnhancedCode: text('reply_enhanced_code'),
    replyText: text('reply_text'),
    /** What its failure means, and the rule that said so; null where it was accepted. */
    bounceClass: text('bounce_class'),
    bounceRule: text('bounce_rule'),
    reason: text('reason'),
    /** How long its submission took, in milliseconds; null where there was none. */
    tookMs: integer('took_ms'),
    recordedAt: moment('recorded_at').notNull(),
  },
  (columns) => [
    uniqueIndex('attempt_event').on(columns.eventId, columns.tenant),
    index('attempt_send').on(columns.sendRow, columns.number),
  ],
);

/** One line of a contact's timeline. Appended, never changed. */
export const historyEntry = table(
  'history_entry',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    contactId: integer('contact_id')
      .notNull()
      .references(() => contact.id),
    messageRow: integer('message_row')
      .notNull()
      .references(() => message.id),
    /** The send that came to its end, or that a notice is about; null for a copy. */
    sendRow: integer('send_row').references(() => send.id),
    kind: word<Exclude<StateWord, 'waiting'> | 'copy' | NoticeWord>('kind').notNull(),
    /** Null where the content of the message was gone before anyone read it. */
    senderAddress: text('sender_address'),
    senderName: text('sender_name'),
    occurredAt: moment('occurred_at').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    /** The same for the same fact, however often it is reported. */
    dedupeKey: text('dedupe_key').notNull(),
    payload: json<Readonly<Record<string, unknown>>>('payload').notNull(),
  },
  (columns) => [
    uniqueIndex('history_entry_dedupe').on(columns.dedupeKey, columns.tenant),
    // Read backwards for the newest first; a page begins after (occurred_at, id) of the one before.
    index('history_entry_timeline').on(columns.contactId, columns.occurredAt, columns.id),
    index('history_entry_message').on(columns.messageRow),
  ],
);

/**
 * What a mail that came back (a bounce, a warning of delay, a complaint, an automatic reply) says of
 * one send. It may come before the first event of its send; then it has no send yet.
 */
export const notice = table(
  'notice',
  {
    id: rowNumber(),
    /** Null until its send is known, which tells the tenant. */
    tenant: text('tenant'),
    /** Key of the mail, the same however often and wherever it is delivered. */
    contentKey: text('content_key').notNull(),
    sendId: text('send_id').notNull(),
    /** Null while no event of the send has come. */
    sendRow: integer('send_row').references(() => send.id),
    kind: word<NoticeWord>('kind').notNull(),
    /** Bounce class, and the rule that found it. */
    class: text('class').notNull(),
    rule: text('rule').notNull(),
    /** How sure the class is, 0 to 100. */
    confidence: integer('confidence').notNull(),
    /** What was done with the mail: `failed`, `delayed`, … */
    action: text('action').notNull(),
    /** Whether the recipient should get no more mail, as the class says. */
    suppression: json<Readonly<Record<string, unknown>>>('suppression').notNull(),
    replyCode: integer('reply_code'),
    replyEnhancedCode: text('reply_enhanced_code'),
    diagnostic: text('diagnostic'),
    remoteMta: text('remote_mta'),
    /** Whom the mail was for, and where it ended up, as the notice says. */
    recipient: text('recipient'),
    finalRecipient: text('final_recipient'),
    /** What named the send, and how sure that is. */
    resolution: word<'return-path' | 'reference' | 'message-id' | 'envelope-id' | 'recipient'>(
      'resolution',
    ).notNull(),
    certainty: word<'certain' | 'likely' | 'low'>('certainty').notNull(),
    /** What does not fit together, a sentence. */
    remark: text('remark'),
    /** Id of the reader that understood the mail. */
    format: text('format').notNull(),
    /** When our server received it. */
    receivedAt: moment('received_at').notNull(),
    /** Its Date field. */
    headerDate: moment('header_date'),
    sizeBytes: integer('size_bytes').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    /** Whether workers are to be told of it; null where they need not. */
    feedback: word<'due' | 'told'>('feedback'),
  },
  (columns) => [
    // A send id is unique over all tenants.
    uniqueIndex('notice_of_send').on(columns.contentKey, columns.sendId),
    index('notice_send').on(columns.sendRow),
    index('notice_waiting')
      .on(columns.sendId)
      .where(expression`send_row is null`),
    index('notice_feedback')
      .on(columns.id)
      .where(expression`feedback = 'due'`),
  ],
);

/** How far a mailbox has been read. A new UIDVALIDITY is a new row. */
export const mailboxCursor = table(
  'mailbox_cursor',
  {
    id: rowNumber(),
    account: text('account').notNull(),
    path: text('path').notNull(),
    /** Decimal text: it may exceed what a double holds. */
    uidValidity: text('uid_validity').notNull(),
    /** Highest UID recorded: a hint where to look on, the truth is `intake`. */
    lastUid: integer('last_uid').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (columns) => [
    uniqueIndex('mailbox_cursor_epoch').on(columns.account, columns.path, columns.uidValidity),
  ],
);

/** What became of one mail of a mailbox. */
export const intake = table(
  'intake',
  {
    id: rowNumber(),
    cursorId: integer('cursor_id')
      .notNull()
      .references(() => mailboxCursor.id),
    uid: integer('uid').notNull(),
    /** Null where the mail could not be attributed. */
    tenant: text('tenant'),
    state: word<'done' | 'duplicate' | 'own-send' | 'quarantined'>('state').notNull(),
    reason: text('reason'),
    detail: text('detail'),
    fromAddress: text('from_address'),
    rule: text('rule'),
    contentKey: text('content_key'),
    messageRow: integer('message_row').references(() => message.id),
    internalDate: moment('internal_date').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    /** When it was moved out of the inbox; null while it lies there. */
    movedAt: moment('moved_at'),
  },
  (columns) => [
    uniqueIndex('intake_uid').on(columns.cursorId, columns.uid),
    index('intake_state').on(columns.state, columns.recordedAt),
    index('intake_unmoved')
      .on(columns.cursorId)
      .where(expression`moved_at is null`),
  ],
);

/** Which process may read a mailbox now. */
export const lease = table('lease', {
  mailbox: text('mailbox').primaryKey(),
  holder: text('holder').notNull(),
  /** Rises by one each time the lease changes hands. */
  fencingToken: integer('fencing_token').notNull(),
  expiresAt: moment('expires_at').notNull(),
});
