import { and, eq, isNull, sql } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { contact, contactAddress } from '../../../db/sqlite/schema.ts';
import { addressKey, type Mailbox } from '../../mail/address.ts';
import { prepareInsert } from './prepared-insert.ts';

/** Finds and makes contacts inside one transaction. */
export interface ContactBook {
  /** The contact with this address; made where there is none, and named where it had no name. */
  findOrAdd(tenant: string, mailbox: Mailbox, now: number): number;
  /** Names the contact with this address, if there is one and it has no name yet. */
  learnName(tenant: string, mailbox: Mailbox): void;
}

/** The contact book of a transaction. */
export function openContactBook(transaction: HistoryTransaction): ContactBook {
  const contacts = prepareInsert(transaction, contact);
  const addresses = prepareInsert(transaction, contactAddress);
  const find = transaction
    .select({ contactId: contactAddress.contactId, name: contact.name })
    .from(contactAddress)
    .innerJoin(contact, eq(contact.id, contactAddress.contactId))
    .where(
      and(
        eq(contactAddress.addressKey, sql.placeholder('key')),
        eq(contactAddress.tenant, sql.placeholder('tenant')),
      ),
    )
    .prepare();
  const setName = transaction
    .update(contact)
    .set({ name: sql`${sql.placeholder('name')}` })
    .where(and(eq(contact.id, sql.placeholder('contactId')), isNull(contact.name)))
    .prepare();

  const findNamed = (tenant: string, mailbox: Mailbox): number | undefined => {
    const found = find.get({ tenant, key: addressKey(mailbox.address) });
    if (found?.name === null && mailbox.name !== undefined) {
      setName.run({ name: mailbox.name, contactId: found.contactId });
    }
    return found?.contactId;
  };

  return {
    findOrAdd(tenant, mailbox, now) {
      const found = findNamed(tenant, mailbox);
      if (found !== undefined) return found;
      const { address, name } = mailbox;
      const contactId = contacts.insert({ tenant, name: name ?? null, createdAt: now });
      if (contactId === undefined) throw new TypeError('a contact has no unique key to collide');
      addresses.insert({
        tenant,
        contactId,
        address,
        addressKey: addressKey(address),
        createdAt: now,
      });
      return contactId;
    },
    learnName(tenant, mailbox) {
      if (mailbox.name !== undefined) findNamed(tenant, mailbox);
    },
  };
}
