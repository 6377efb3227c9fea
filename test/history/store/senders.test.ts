import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dropbox } from '../../../db/sqlite/schema.ts';
import { hashDropboxToken } from '../../../src/history/intake/dropbox-token.ts';
import {
  addSender,
  findDropbox,
  listSenders,
  senderAddresses,
} from '../../../src/history/store/senders.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import { testDatabase } from '../../support/history.ts';

const jane = { tenant: 'default', name: 'Jane Roe', address: 'Jane@acme.example' as EmailAddress };

describe('senders', () => {
  test('a new sender has a dropbox address that leads back to her', async () => {
    const database = await testDatabase();
    const added = await addSender(database, jane, () => 'the-secret-token', 10);
    const sender = { senderId: 1, createdAt: 10, ...jane };
    expect(added).toEqual({ kind: 'added', token: 'the-secret-token', sender });
    expect(await findDropbox(database, hashDropboxToken('the-secret-token'))).toEqual({
      tenant: 'default',
      senderId: 1,
      senderAddress: 'Jane@acme.example',
      senderName: 'Jane Roe',
    });
    expect(await findDropbox(database, hashDropboxToken('another'))).toBeUndefined();
    for (const suffix of ['', '-wal']) {
      expect(readFileSync(database.file + suffix).includes('the-secret-token')).toBe(false);
    }
  });

  test('who is registered stays as she is, and gets no second token', async () => {
    const database = await testDatabase();
    await addSender(database, jane, () => 'token-one', 10);
    const again = { ...jane, name: 'Other', address: 'jane@ACME.example' as EmailAddress };
    const second = await addSender(database, again, () => 'token-two', 20);
    expect(second).toEqual({ kind: 'exists', sender: { senderId: 1, createdAt: 10, ...jane } });
    expect(database.orm.select().from(dropbox).all()).toHaveLength(1);
  });

  test('lists and address sets are by tenant', async () => {
    const database = await testDatabase();
    await addSender(database, { ...jane, tenant: 'globex' }, () => 'token-one', 10);
    await addSender(database, jane, () => 'token-two', 10);
    expect((await listSenders(database)).map((each) => each.tenant)).toEqual(['default', 'globex']);
    expect(await listSenders(database, 'globex')).toHaveLength(1);
    expect(await senderAddresses(database, 'globex')).toEqual(new Set(['jane@acme.example']));
    expect(await senderAddresses(database, 'nobody')).toEqual(new Set());
  });

  test('a revoked dropbox address leads nowhere', async () => {
    const database = await testDatabase();
    await addSender(database, jane, () => 'token-one', 10);
    database.orm.update(dropbox).set({ revokedAt: 20 }).run();
    expect(await findDropbox(database, hashDropboxToken('token-one'))).toBeUndefined();
  });
});
