import { and, asc, eq, isNull } from 'drizzle-orm';
import type { HistoryDatabase } from '../../../db/open.ts';
import { dropbox, sender } from '../../../db/sqlite/schema.ts';
import { addressKey, type EmailAddress } from '../../mail/address.ts';
import { hashDropboxToken } from '../intake/dropbox-token.ts';

/** A user whose copies are taken. */
export interface SenderRecord {
  /** Row of the sender. */
  readonly senderId: number;
  readonly tenant: string;
  readonly name: string;
  readonly address: EmailAddress;
  /** Ms since 1970. */
  readonly createdAt: number;
}

/** What {@link addSender} did. */
export type AddedSender =
  | {
      readonly kind: 'added';
      readonly sender: SenderRecord;
      /** Part of her dropbox address. It is shown once: only its hash is stored. */
      readonly token: string;
    }
  | {
      /** The address is registered already; nothing was changed. */
      readonly kind: 'exists';
      readonly sender: SenderRecord;
    };

/** A new sender. */
export interface NewSender {
  readonly tenant: string;
  readonly name: string;
  readonly address: EmailAddress;
}

/** Whose dropbox address a token belongs to. */
export interface DropboxOwner {
  readonly tenant: string;
  readonly senderId: number;
  readonly senderAddress: EmailAddress;
  readonly senderName: string;
}

/**
 * Registers a sender with one dropbox address.
 *
 * @param newToken makes the token of the address: at least 100 random bits
 * @param now ms since 1970
 */
export async function addSender(
  database: HistoryDatabase,
  wanted: NewSender,
  newToken: () => string,
  now: number,
): Promise<AddedSender> {
  const { tenant, name, address } = wanted;
  const key = addressKey(address);
  const outcome = database.write((transaction): AddedSender => {
    const found = transaction
      .select()
      .from(sender)
      .where(and(eq(sender.addressKey, key), eq(sender.tenant, tenant)))
      .get();
    if (found !== undefined) return { kind: 'exists', sender: recordOf(found) };
    const row = transaction
      .insert(sender)
      .values({ tenant, name, address, addressKey: key, createdAt: now })
      .returning()
      .get();
    const token = newToken();
    transaction
      .insert(dropbox)
      .values({ tenant, senderId: row.id, tokenHash: hashDropboxToken(token), createdAt: now })
      .run();
    return { kind: 'added', sender: recordOf(row), token };
  });
  return Promise.resolve(outcome);
}

/**
 * All senders, by tenant and address.
 *
 * @param tenant default: of all tenants
 */
export async function listSenders(
  database: HistoryDatabase,
  tenant?: string,
): Promise<readonly SenderRecord[]> {
  const rows = database.orm
    .select()
    .from(sender)
    .where(tenant === undefined ? undefined : eq(sender.tenant, tenant))
    .orderBy(asc(sender.tenant), asc(sender.addressKey))
    .all();
  return Promise.resolve(rows.map(recordOf));
}

/**
 * Who a dropbox address in use belongs to; undefined for one that is unknown or revoked.
 *
 * @param tokenHash `hashDropboxToken` of its token
 */
export async function findDropbox(
  database: HistoryDatabase,
  tokenHash: string,
): Promise<DropboxOwner | undefined> {
  const row = database.orm
    .select({
      tenant: dropbox.tenant,
      senderId: sender.id,
      address: sender.address,
      senderName: sender.name,
    })
    .from(dropbox)
    .innerJoin(sender, eq(sender.id, dropbox.senderId))
    .where(and(eq(dropbox.tokenHash, tokenHash), isNull(dropbox.revokedAt)))
    .get();
  if (row === undefined) return Promise.resolve(undefined);
  const { address, ...owner } = row;
  return Promise.resolve({ ...owner, senderAddress: address as EmailAddress });
}

/** The addresses of a tenant's senders, in the form in which addresses are compared. */
export async function senderAddresses(
  database: HistoryDatabase,
  tenant: string,
): Promise<ReadonlySet<string>> {
  const rows = database.orm
    .select({ key: sender.addressKey })
    .from(sender)
    .where(eq(sender.tenant, tenant))
    .all();
  return Promise.resolve(new Set(rows.map((row) => row.key)));
}

function recordOf(row: typeof sender.$inferSelect): SenderRecord {
  const { id, tenant, name, address, createdAt } = row;
  return { senderId: id, tenant, name, address: address as EmailAddress, createdAt };
}
