/**
 * Which send is a notice about? For each recipient it speaks of, the first that answers:
 *
 *  1. a proven return path. It wins, whatever recipient the notice names: mail is forwarded, and the
 *     report names where it ended. Only where one notice speaks of several recipients is one that
 *     is not the send's looked for among the other sends of the message first.
 *  2. a proven private header: of the message's sends the one to this recipient.
 *  3. a Message-ID of ours that the history knows: the same, less sure, since anyone who has seen
 *     the mail can write one.
 *  4. an ENVID that is the id of a send to this recipient.
 *  5. the recipient alone, where exactly one mail was accepted for him in the 7 days before.
 *
 * What is proven (1, 2) may name a send whose first event has not come yet; the others must be known.
 */
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { contactAddress, historyEntry, message, send } from '../../../db/sqlite/schema.ts';
import { addressKey, readAddress, type EmailAddress } from '../../mail/address.ts';
import { sendIdOf, type MessageId, type SendId } from '../../mail/ids.ts';
import type { NoticeCertainty, NoticeProof, NoticeResolution, NoticeResult } from '../notice.ts';

/** A send as far as notices need it. */
export interface SendOfNotice {
  readonly id: number;
  readonly tenant: string;
  readonly sendId: SendId;
  readonly messageRow: number;
  readonly contactId: number;
  readonly recipient: string;
  readonly mode: typeof send.$inferSelect.mode;
  readonly route: string | null;
  /** Time of the event that its state comes from, ms since 1970. */
  readonly lastAt: number;
  readonly noticeAt: number | null;
  /** The user on whose behalf it was sent; null where nobody read the content. */
  readonly senderAddress: string | null;
  readonly senderName: string | null;
}

/** What a notice says of one send. */
export interface ResolvedNotice {
  readonly sendId: SendId;
  /** Absent while no event of the send has come. */
  readonly send?: SendOfNotice;
  readonly resolution: NoticeResolution;
  readonly certainty: NoticeCertainty;
  readonly result: NoticeResult;
  /** What does not fit together, a sentence. */
  readonly remark?: string;
}

/** Finds sends inside one transaction. */
export interface NoticeResolver {
  /** The send with this id. */
  findSend(sendId: SendId): SendOfNotice | undefined;
  /**
   * What the results say of which sends; those that name none are left out.
   *
   * @param receivedAt when the notice came, ms since 1970
   */
  resolve(
    proof: NoticeProof,
    results: readonly NoticeResult[],
    receivedAt: number,
  ): readonly ResolvedNotice[];
}

const windowMs = 7 * 86_400_000;
/** Clocks differ; a mail is accepted before it comes back. */
const clockSlackMs = 5 * 60_000;

/** The resolver of a transaction. */
export function openNoticeResolver(transaction: HistoryTransaction): NoticeResolver {
  const columns = {
    id: send.id,
    tenant: send.tenant,
    sendId: sql<SendId>`${send.sendId}`,
    messageRow: send.messageRow,
    contactId: send.contactId,
    recipient: send.recipient,
    mode: send.mode,
    route: send.route,
    lastAt: send.lastAt,
    noticeAt: send.noticeAt,
    senderAddress: message.fromAddress,
    senderName: message.fromName,
  };
  const sends = () =>
    transaction.select(columns).from(send).innerJoin(message, eq(message.id, send.messageRow));
  const bySendId = sends()
    .where(eq(send.sendId, sql.placeholder('sendId')))
    .prepare();
  const byMessageId = sends()
    .where(eq(message.messageId, sql.placeholder('messageId')))
    .limit(1_000)
    .prepare();
  const acceptedFor = sends()
    .innerJoin(historyEntry, eq(historyEntry.sendRow, send.id))
    .innerJoin(contactAddress, eq(contactAddress.contactId, historyEntry.contactId))
    .where(
      and(
        eq(contactAddress.addressKey, sql.placeholder('key')),
        eq(historyEntry.kind, 'accepted'),
        gt(historyEntry.occurredAt, sql.placeholder('from')),
        lte(historyEntry.occurredAt, sql.placeholder('to')),
      ),
    )
    // Two that fit are as bad as many; a contact may have other addresses, though.
    .limit(100)
    .prepare();

  const findSend = (sendId: SendId): SendOfNotice | undefined => bySendId.get({ sendId });
  const sendsOf = (messageId: MessageId): readonly SendOfNotice[] => byMessageId.all({ messageId });

  const byReturnPath = (
    sendId: SendId,
    result: NoticeResult,
    proof: NoticeProof,
    isOnly: boolean,
  ): ResolvedNotice => {
    const known = findSend(sendId);
    const found = { result, resolution: 'return-path', certainty: 'certain' } as const;
    if (known === undefined) return { ...found, sendId };
    const remark = differenceOf(result, known);
    if (remark === undefined) return { ...found, sendId, send: known };
    const sibling = isOnly ? undefined : (byReference(result, proof) ?? byMessage(result, proof));
    if (sibling?.send !== undefined && isFor(result, sibling.send)) return sibling;
    return { ...found, sendId, send: known, remark };
  };

  const byReference = (result: NoticeResult, proof: NoticeProof): ResolvedNotice | undefined => {
    const { messageId } = proof;
    if (messageId === undefined) return undefined;
    const sends = sendsOf(messageId);
    const [only] = sends;
    const found = { result, resolution: 'reference', certainty: 'certain' } as const;
    const exact = sends.find((each) => isFor(result, each));
    if (exact !== undefined) return { ...found, sendId: exact.sendId, send: exact };
    if (sends.length === 1 && only !== undefined) {
      const remark = differenceOf(result, only);
      if (remark === undefined) return { ...found, sendId: only.sendId, send: only };
      return { ...found, certainty: 'likely', sendId: only.sendId, send: only, remark };
    }
    const key = keyOf(result.recipient);
    // Its first event has not come; a send of one message is named by its recipient.
    if (sends.length > 0 || key === undefined) return undefined;
    return { ...found, sendId: sendIdOf(messageId, key) };
  };

  const byMessage = (result: NoticeResult, proof: NoticeProof): ResolvedNotice | undefined => {
    const { claimedMessageId } = proof;
    if (claimedMessageId === undefined) return undefined;
    const exact = sendsOf(claimedMessageId).find((each) => isFor(result, each));
    if (exact === undefined) return undefined;
    const found = { result, resolution: 'message-id', certainty: 'likely' } as const;
    return { ...found, sendId: exact.sendId, send: exact };
  };

  const byEnvelopeId = (result: NoticeResult, proof: NoticeProof): ResolvedNotice | undefined => {
    const { claimedSendId: sendId } = proof;
    const known = sendId === undefined ? undefined : findSend(sendId);
    if (known === undefined) return undefined;
    if (result.recipient !== undefined && !isFor(result, known)) return undefined;
    const found = { result, resolution: 'envelope-id', certainty: 'likely' } as const;
    return { ...found, sendId: known.sendId, send: known };
  };

  const byRecipient = (result: NoticeResult, receivedAt: number): ResolvedNotice | undefined => {
    const key = keyOf(result.recipient);
    if (key === undefined) return undefined;
    const window = { from: receivedAt - windowMs, to: receivedAt + clockSlackMs };
    const fitting = acceptedFor.all({ key, ...window }).filter((each) => isFor(result, each));
    const [only] = fitting;
    if (fitting.length !== 1 || only === undefined) return undefined;
    const found = { result, resolution: 'recipient', certainty: 'low' } as const;
    return { ...found, sendId: only.sendId, send: only };
  };

  return {
    findSend,
    resolve(proof, results, receivedAt) {
      const isOnly = results.length === 1;
      return results.flatMap((result) => {
        if (proof.sendId !== undefined) return byReturnPath(proof.sendId, result, proof, isOnly);
        return (
          byReference(result, proof) ??
          byMessage(result, proof) ??
          byEnvelopeId(result, proof) ??
          byRecipient(result, receivedAt) ??
          []
        );
      });
    },
  };
}

/** Whom a notice says that the mail was for, and where it ended up. */
interface NamedRecipients {
  readonly recipient?: string | null;
  readonly finalRecipient?: string | null;
}

/** How the recipient that a notice names differs from that of the send; undefined where it does not. */
export function differenceOf(named: NamedRecipients, known: SendOfNotice): string | undefined {
  if ((named.recipient ?? undefined) === undefined || isFor(named, known)) return undefined;
  return `it names ${named.recipient}, the mail was sent to ${known.recipient}`;
}

function isFor({ recipient, finalRecipient }: NamedRecipients, known: SendOfNotice): boolean {
  const key = addressKey(known.recipient as EmailAddress);
  return keyOf(recipient) === key || keyOf(finalRecipient) === key;
}

function keyOf(address: string | null | undefined): string | undefined {
  const reading = readAddress(address ?? '');
  return reading.ok ? addressKey(reading.address) : undefined;
}
