/*
 * The tables of people and their addresses, part of `schema.ts`; whoever uses them imports that.
 */
import { index, integer, moment, rowNumber, table, text, uniqueIndex } from './columns.ts';

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
