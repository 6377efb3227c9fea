/*
 * The tables of the suppression list, part of `schema.ts`; whoever uses them imports that.
 */
import {
  expression,
  index,
  integer,
  moment,
  rowNumber,
  table,
  text,
  uniqueIndex,
  word,
} from './columns.ts';

/** Who gets no more mail, now (`removed_at` is null) and before. The mirror in Redis is made of it. */
export const suppression = table(
  'suppression',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    kind: word<'address' | 'pair' | 'domain'>('kind').notNull(),
    /** The address in the form that is compared. Of these three, what the kind has not is empty: nulls never collide. */
    addressKey: text('address_key').notNull(),
    senderKey: text('sender_key').notNull(),
    domain: text('domain').notNull(),
    /** A bounce class, `manual`, `import` or `unsubscribed`. */
    reason: text('reason').notNull(),
    /** Where it comes from: an event id, `notice:` and its id, or a person or program. */
    source: text('source').notNull(),
    /** What was said: codes, the rule that decided, words. Printable and short. */
    evidence: text('evidence'),
    createdAt: moment('created_at').notNull(),
    /** Null: when somebody removes it. */
    expiresAt: moment('expires_at'),
    /** When it ended, by expiry or by hand. */
    removedAt: moment('removed_at'),
    /** When to ask DNS next whether the whole domain takes no mail; null: not to be asked. */
    domainCheckAt: moment('domain_check_at'),
  },
  ({ addressKey, senderKey, domain, tenant, expiresAt, domainCheckAt }) => [
    uniqueIndex('suppression_active')
      .on(addressKey, domain, senderKey, tenant)
      .where(expression`removed_at is null`),
    index('suppression_past')
      .on(addressKey, domain, senderKey, tenant)
      .where(expression`removed_at is not null`),
    index('suppression_expiry')
      .on(expiresAt)
      .where(expression`removed_at is null and expires_at is not null`),
    index('suppression_domain_check')
      .on(domainCheckAt)
      .where(expression`domain_check_at is not null`),
  ],
);

/** What was done to suppressions. Appended, never changed; what is above the cursor goes to Redis. */
export const suppressionAudit = table(
  'suppression_audit',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    suppressionRow: integer('suppression_row')
      .notNull()
      .references(() => suppression.id),
    action: word<'added' | 'raised' | 'expired' | 'removed' | 'imported'>('action').notNull(),
    /** Who did it: a person, or the rule of ours. */
    actor: text('actor').notNull(),
    at: moment('at').notNull(),
    /** Why, in words; null where the reason of the entry says it all. */
    why: text('why'),
  },
  (columns) => [index('suppression_audit_entry').on(columns.suppressionRow)],
);

/** How far the audit was brought to a mirror. */
export const suppressionCursor = table('suppression_cursor', {
  /** Name of the mirror: the prefix of its keys. */
  mirror: text('mirror').primaryKey(),
  auditRow: integer('audit_row').notNull(),
});

/** Messages that failed in a way that suppresses an address only when it happens several times. */
export const countedBounce = table(
  'counted_bounce',
  {
    id: rowNumber(),
    tenant: text('tenant').notNull(),
    addressKey: text('address_key').notNull(),
    bounceClass: text('bounce_class').notNull(),
    /** The message: id of its send; `notice:` and its id where that is not known. */
    about: text('about').notNull(),
    /** When it failed first in this way. */
    at: moment('at').notNull(),
    /** From when it counts for nothing. */
    countsUntil: moment('counts_until').notNull(),
  },
  (columns) => [
    uniqueIndex('counted_bounce_message').on(columns.about, columns.bounceClass, columns.tenant),
    index('counted_bounce_address').on(columns.addressKey, columns.bounceClass, columns.tenant),
    index('counted_bounce_end').on(columns.countsUntil),
  ],
);
