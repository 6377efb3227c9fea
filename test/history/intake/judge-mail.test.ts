import { describe, expect, test } from '@jest/globals';
import { readHeader } from '../../../src/history/intake/header-lines.ts';
import { judgeMail, judgeOversize } from '../../../src/history/intake/judge-mail.ts';
import { hashDropboxToken } from '../../../src/history/intake/dropbox-token.ts';
import type { CopyParseResult } from '../../../src/history/intake/copy-parser.ts';
import type { IntakeVerdict } from '../../../src/history/intake-verdict.ts';
import type { DropboxOwner } from '../../../src/history/store/senders.ts';
import type { EmailAddress, Mailbox } from '../../../src/mail/address.ts';
import { randomMessageId } from '../../../src/mail/ids.ts';
import type { Keyring } from '../../../src/mail/keyring.ts';
import { formatMessageReference } from '../../../src/mail/message-reference.ts';

const keyring: Keyring = { current: 'a', keys: { a: Buffer.alloc(32, 1) } };
const otherKeyring: Keyring = { current: 'a', keys: { a: Buffer.alloc(32, 2) } };
const addressing = { prefix: 'dropbox', domain: 'in.crm.example' };
const known = 'k'.repeat(26);
const unknown = 'u'.repeat(26);
const owner: DropboxOwner = {
  tenant: 'acme',
  senderId: 7,
  senderAddress: 'Jane@acme.example' as EmailAddress,
  senderName: 'Jane Doe',
};
const messageId = randomMessageId();

const box = (text: string): Mailbox => ({ address: text as EmailAddress });
const jane = box('jane@acme.example');
const carl = box('carl@contact.example');

interface Case {
  readonly delivered?: readonly string[];
  readonly header?: readonly string[];
  readonly from?: readonly Mailbox[];
  readonly to?: readonly Mailbox[];
  readonly cc?: readonly Mailbox[];
  readonly unreadable?: boolean;
}

async function judge(given: Case): Promise<IntakeVerdict> {
  const { delivered = [known], header = ['From: jane@acme.example'], unreadable = false } = given;
  const lines = [
    ...delivered.map((token) => `Delivered-To: dropbox+${token}@in.crm.example`),
    'Received: from a by b; Mon',
    ...header,
  ];
  const { from = [jane], to = [carl], cc = [] } = given;
  const reading: CopyParseResult = unreadable
    ? { ok: false, detail: 'parsing it took more than 10000 ms' }
    : { ok: true, contentKey: 'key', copy: { from, to, cc, attachments: [] } };
  return judgeMail(readHeader(Buffer.from(`${lines.join('\n')}\n\n`)).fields, reading, {
    addressing,
    keyring,
    findDropbox: async (hash) =>
      Promise.resolve(hash === hashDropboxToken(known) ? owner : undefined),
  });
}

describe('judgeMail', () => {
  test('files a copy for everyone in To and Cc, but dropboxes and the sender herself', async () => {
    const verdict = await judge({
      to: [carl, box('dropbox@in.crm.example'), box(`dropbox+${known}@in.crm.example`)],
      cc: [box('JANE@acme.example'), box('CARL@contact.example'), box('dora@contact.example')],
    });
    expect(verdict).toMatchObject({
      kind: 'copy',
      tenant: 'acme',
      senderId: 7,
      rule: 'delivered-to',
      contentKey: 'key',
      contacts: [carl, box('dora@contact.example')],
    });
  });

  test('takes the first token that belongs to somebody', async () => {
    expect(await judge({ delivered: [unknown, known] })).toMatchObject({ kind: 'copy' });
  });

  test('knows a message of our own by its proven reference', async () => {
    const header = [`X-Onbehalf-Ref: ${formatMessageReference(keyring, messageId)}`];
    expect(await judge({ header, from: [], to: [] })).toEqual({
      kind: 'own-send',
      tenant: 'acme',
      messageId,
      contentKey: 'key',
    });
  });

  test('does not believe a reference under another key, or without a known token', async () => {
    const forged = [`X-Onbehalf-Ref: ${formatMessageReference(otherKeyring, messageId)}`];
    const header = [...forged, 'From: jane@acme.example'];
    expect(await judge({ header })).toMatchObject({ kind: 'copy' });
    const real = [`X-Onbehalf-Ref: ${formatMessageReference(keyring, messageId)}`];
    expect(await judge({ header: real, delivered: [] })).toMatchObject({ reason: 'no-token' });
    expect(await judge({ header: real, delivered: [unknown] })).toMatchObject({
      reason: 'unknown-token',
    });
  });

  test.each<[string, string, Case]>([
    ['no token', 'no-token', { delivered: [] }],
    ['a token of nobody', 'unknown-token', { delivered: [unknown] }],
    ['a mail that cannot be parsed', 'unparseable', { unreadable: true }],
    [
      'an unparseable mail with a token of nobody',
      'unknown-token',
      { delivered: [unknown], unreadable: true },
    ],
    ['another author', 'unregistered-from', { from: [carl] }],
    ['two authors', 'unregistered-from', { from: [jane, carl] }],
    ['an author without acceptable address', 'unregistered-from', { from: [] }],
    [
      'two From fields',
      'unregistered-from',
      { header: ['From: jane@acme.example', 'From: x@y.example'] },
    ],
    ['no From field', 'unparseable', { header: ['Subject: hi'], from: [] }],
    ['nobody addressed', 'no-contact', { to: [] }],
    [
      'herself and a dropbox addressed',
      'no-contact',
      { to: [jane, box('dropbox@in.crm.example')] },
    ],
  ])('puts into quarantine: %s', async (_name, reason, given) => {
    expect(await judge(given)).toMatchObject({ kind: 'quarantined', reason });
  });

  test('tells an operator who wrote it and why, where that can be read', async () => {
    expect(await judge({ from: [carl], header: ['From: Carl <carl@contact.example>'] })).toEqual({
      kind: 'quarantined',
      reason: 'unregistered-from',
      detail: 'it is not from Jane@acme.example alone, whose dropbox address it was sent to',
      from: 'carl@contact.example',
    });
  });
});

test('judgeOversize names sizes and author', () => {
  const { fields } = readHeader(Buffer.from('From: Jane <jane@acme.example>\n\n'));
  expect(judgeOversize(fields, 300, 200)).toEqual({
    kind: 'quarantined',
    reason: 'oversize',
    detail: 'it has 300 bytes, the limit is 200',
    from: 'jane@acme.example',
  });
});
