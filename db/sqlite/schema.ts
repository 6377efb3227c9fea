/**
 * The tables of the history database, in words of the project (ARCHITECTURE.md, words).
 *
 * Only the adapter beside this file is imported. For another dialect, copy this file next to that
 * dialect's `columns.ts`; the definitions stay as they are, only where the import leads changes.
 *
 * - `history_entry` is the truth and is only ever appended to; `attempt` and `suppression_audit` too. `send` is a projection
 *   that can be computed again from `attempt`; `message` gathers what became known of a message.
 * - The tenant is on every row that belongs to one, and in every unique key but three: a dropbox token
 *   tells the tenant, so it is unique as a whole; intake and cursor belong to a mailbox.
 * - In unique keys the selective column comes first: rows are looked up by lists of ids.
 * - Columns that end in `_row` or `_id` refer to the row number of another table, except
 *   `message.message_id`, `send.send_id` and `attempt.event_id`, which are our opaque ids.
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

export * from './suppression-tables.ts';

/** Where a send may be; the words of the mail room, which this room must not import. */
type StateWord =
  'waiting' | 'held' | 'accepted' | 'rejected' | 'expired' | 'suppressed' | 'cancelled';

/** How a message may be masked. */
type ModeWord = 'on-behalf' | 'aligned' | 'rewritten' | 'direct';

/** The other party of a mail: a person with one or more addresses. */
export const contact = table('contact', {
  id: rowNumber(),
  tenant: text('tenant').notNull(),
  /** As it first stood beside an address; null where no mail gave one. */
  name: text('name'),
  createdAt: moment('created_at').notNull(),
});

/** An address of a contact. */
export const contactAddress = table(
  'contact_address',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    contactId: integer('contact_id')
      .notNull()
      .references(() => contact.id),
    /** As it was first seen, to be shown. */
    address: text('address').notNull(),
    /** The form that is compared (`addressKey`). */
    addressKey: text('address_key').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (columns) => [
    uniqueIndex('contact_address_key').on(columns.addressKey, columns.tenant),
    index('contact_address_contact').on(columns.contactId),
  ],
);

/** A user on whose behalf mail is sent, registered so that copies of her own mail are taken. */
export const sender = table(
  'sender',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    address: text('address').notNull(),
    addressKey: text('address_key').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (columns) => [uniqueIndex('sender_address').on(columns.addressKey, columns.tenant)],
);

/** A sender's custom BCC address. Only a hash of its token is kept. */
export const dropbox = table(
  'dropbox',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    senderId: integer('sender_id')
      .notNull()
      .references(() => sender.id),
    /** SHA-256 of the token, hex. */
    tokenHash: text('token_hash').notNull(),
    createdAt: moment('created_at').notNull(),
    /** Set when the address takes no more copies. */
    revokedAt: moment('revoked_at'),
  },
  (columns) => [
    uniqueIndex('dropbox_token').on(columns.tokenHash),
    index('dropbox_sender').on(columns.senderId),
  ],
);

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
    /** The send that came to its end; null for a copy. */
    sendRow: integer('send_row').references(() => send.id),
    kind: word<Exclude<StateWord, 'waiting'> | 'copy'>('kind').notNull(),
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
