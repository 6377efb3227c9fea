import type { HistoryDatabase } from '../../db/open.ts';
import type {
  IntakeRecord,
  IntakeVerdict,
  MailboxEpoch,
} from '../../src/history/intake-verdict.ts';
import { takeLease, type MailboxLease } from '../../src/history/store/mailbox-lease.ts';
import { addSender } from '../../src/history/store/senders.ts';
import type { NoticeProof, NoticeResult } from '../../src/history/notice.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { mailbox, testDatabase } from './history.ts';

/** The time of these tests, ms since 1970. */
export const now = 50_000_000;
/** The folder all mails of these tests lie in. */
export const inbox: MailboxEpoch = {
  account: 'box@imap.example:993',
  path: 'INBOX',
  uidValidity: '7',
};
/** A contact with a name. */
export const bob = mailbox('bob@client.example', 'Bob Poe');
/** A contact without a name. */
export const eve = mailbox('eve@client.example');

type CopyVerdict = Extract<IntakeVerdict, { kind: 'copy' }>;

/** A history with one sender, Jane, whose mailbox is leased by us. */
export async function intakeWorld(): Promise<{
  database: HistoryDatabase;
  lease: MailboxLease;
  senderId: number;
}> {
  const database = await testDatabase();
  const { sender } = await addSender(
    database,
    { tenant: 'default', name: 'Jane Roe', address: 'jane@acme.example' as EmailAddress },
    () => 'first-token',
    now,
  );
  const lease = await takeLease(database, 'box', 'me', 30_000, now);
  if (lease === undefined) throw new Error('the lease of a new mailbox is free');
  return { database, lease, senderId: sender.senderId };
}

/** A mail of the inbox with its verdict. */
export function intakeRecord(uid: number, verdict: IntakeVerdict): IntakeRecord {
  return { epoch: inbox, uid, internalDateMs: 1_000, sizeBytes: 2_000, verdict };
}

/** A mail from Jane to Bob, copy to Eve, that came to her dropbox address. */
export function copyVerdict(
  senderId: number,
  more: Partial<CopyVerdict['copy']> = {},
): CopyVerdict {
  return {
    kind: 'copy',
    tenant: 'default',
    senderId,
    rule: 'delivered-to',
    contentKey: 'key-1',
    copy: {
      from: [mailbox('jane@acme.example', 'Jane Roe')],
      to: [bob],
      cc: [eve],
      subject: 'Lunch?',
      messageIdHeader: '<1@acme.example>',
      headerDateMs: 900,
      text: 'At noon?',
      attachments: [],
      ...more,
    },
    contacts: [bob, eve],
  };
}

/** A mail to a dropbox address that nobody has. */
export function quarantinedVerdict(): IntakeVerdict {
  return {
    kind: 'quarantined',
    reason: 'unknown-token',
    detail: 'no sender has this dropbox address',
    from: 'mallory@evil.example' as EmailAddress,
  };
}

type NoticeVerdict = Extract<IntakeVerdict, { kind: 'notice' }>;

/** A bounce of one recipient whose mailbox does not exist. */
export function noticeResult(more: Partial<NoticeResult> = {}): NoticeResult {
  return {
    kind: 'bounced',
    class: 'user_unknown',
    rule: 'general.user-unknown',
    confidence: 0.9,
    action: 'failed',
    suppression: { kind: 'now', of: 'address' },
    code: 550,
    enhancedCode: '5.1.1',
    diagnostic: '550 5.1.1 no such user',
    remoteMta: 'mx.client.example',
    ...more,
  };
}

/** The verdict on a mail that came back. */
export function noticeVerdict(
  proof: NoticeProof,
  results: readonly NoticeResult[] = [noticeResult()],
  contentKey = 'notice-1',
): NoticeVerdict {
  return { kind: 'notice', contentKey, format: 'rfc3464', proof, results };
}
