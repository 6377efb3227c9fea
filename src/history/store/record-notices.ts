/**
 * Writing what came back into the history, inside the transaction of its mail or of an event.
 *
 * 1. One row for each notice and send, unique by the content of the mail: another delivery of it, a
 *    new UIDVALIDITY or a second mailbox adds nothing.
 * 2. A row whose send is known gets its entry on the contact's timeline. Of the warnings that one
 *    send is delayed only the first gets one: relays repeat them every few hours.
 * 3. A row whose send is not known waits, and is joined by the first event of the send.
 * 4. What follows from a notice is written with its entry (notice-consequences.ts).
 */
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { HistoryTransaction } from '../../../db/open.ts';
import { historyEntry, notice, send } from '../../../db/sqlite/schema.ts';
import type { BounceClass, SuppressionAdvice } from '../../mail/bounce-class.ts';
import type { SendId } from '../../mail/ids.ts';
import type { IntakeRecord, IntakeVerdict } from '../intake-verdict.ts';
import { afterNotices, type JoinedNotice } from './notice-consequences.ts';
import { notFarAhead } from './occurred-at.ts';
import { prepareInsert } from './prepared-insert.ts';
import {
  differenceOf,
  openNoticeResolver,
  type SendOfNotice,
  type ResolvedNotice,
} from './resolve-notice.ts';

type NoticeVerdict = Extract<IntakeVerdict, { readonly kind: 'notice' }>;
type NoticeRow = typeof notice.$inferSelect;

/** What became of a mail that came back. */
export type RecordedNotice =
  | {
      /** `new`: at least one row was added. `known`: all were there already. */
      readonly kind: 'new' | 'known';
      /** Of the first send that is known. */
      readonly tenant?: string;
      readonly messageRow?: number;
      readonly resolution: ResolvedNotice['resolution'];
      /** How many of its recipients name no send. */
      readonly unresolved: number;
    }
  /** It names no send that it could be about. */
  | { readonly kind: 'unknown-send' };

/** Records notices inside one transaction. */
export interface NoticeRecorder {
  /** Records what a mail says, for each send that it is about. */
  record(mail: Omit<IntakeRecord, 'verdict'>, verdict: NoticeVerdict): RecordedNotice;
  /** Joins the notices that waited for a send to it; how many entries that added. */
  join(sendId: SendId): { readonly joined: number; readonly entries: number };
}

/** The recorder of a transaction. Statements are prepared when they are needed first. */
export function openNoticeRecorder(transaction: HistoryTransaction, now: number): NoticeRecorder {
  const waiting = transaction
    .select({ id: notice.id })
    .from(notice)
    .where(and(eq(notice.sendId, sql.placeholder('sendId')), isNull(notice.sendRow)))
    .limit(1)
    .prepare();
  const later = <Part>(make: () => Part): (() => Part) => {
    let part: Part | undefined;
    return () => (part ??= make());
  };
  const resolver = later(() => openNoticeResolver(transaction));
  const notices = later(() => prepareInsert(transaction, notice));
  const entries = later(() => prepareInsert(transaction, historyEntry));

  /** What a notice that has its send changes; whether its timeline got an entry. */
  const settle = (row: NoticeRow, known: SendOfNotice): boolean => {
    const { kind, class: name, rule, receivedAt } = row;
    const isLatest = known.noticeAt === null || receivedAt >= known.noticeAt;
    if (isLatest) {
      const latest = { noticeKind: kind, noticeClass: name, noticeAt: receivedAt };
      transaction.update(send).set(latest).where(eq(send.id, known.id)).run();
    }
    const added = entries().insert({
      tenant: known.tenant,
      contactId: known.contactId,
      messageRow: known.messageRow,
      sendRow: known.id,
      kind,
      senderAddress: known.senderAddress,
      senderName: known.senderName,
      // Servers tell when a mail came to the second; it cannot have come back before it went.
      occurredAt: Math.max(notFarAhead(receivedAt, now), known.lastAt),
      recordedAt: now,
      dedupeKey:
        kind === 'delayed'
          ? `notice:${known.sendId}:delayed`
          : `notice:${known.sendId}:${row.contentKey}`,
      payload: {
        noticeId: row.id,
        class: name,
        rule,
        confidence: row.confidence / 100,
        code: row.replyCode ?? undefined,
        enhancedCode: row.replyEnhancedCode ?? undefined,
        diagnostic: row.diagnostic ?? undefined,
        remoteMta: row.remoteMta ?? undefined,
        resolution: row.resolution,
        certainty: row.certainty,
        remark: row.remark ?? undefined,
      },
    });
    return added !== undefined;
  };

  const insert = (
    mail: Omit<IntakeRecord, 'verdict'>,
    { contentKey, format, headerDateMs }: NoticeVerdict,
    { sendId, send: known, resolution, certainty, result, remark }: ResolvedNotice,
  ): JoinedNotice | 'waits' | undefined => {
    const row: Omit<NoticeRow, 'id'> = {
      tenant: known?.tenant ?? null,
      contentKey,
      sendId,
      sendRow: known?.id ?? null,
      kind: result.kind,
      class: result.class,
      rule: result.rule,
      confidence: Math.round(result.confidence * 100),
      action: result.action,
      suppression: { ...result.suppression },
      replyCode: result.code ?? null,
      replyEnhancedCode: result.enhancedCode ?? null,
      diagnostic: result.diagnostic ?? null,
      remoteMta: result.remoteMta ?? null,
      recipient: result.recipient ?? null,
      finalRecipient: result.finalRecipient ?? null,
      resolution,
      certainty,
      remark: remark ?? null,
      format,
      receivedAt: mail.internalDateMs,
      headerDate: headerDateMs ?? null,
      sizeBytes: mail.sizeBytes,
      recordedAt: now,
      feedback: null,
    };
    const id = notices().insert(row);
    if (id === undefined) return undefined;
    if (known === undefined) return 'waits';
    settle({ ...row, id }, known);
    return joinedNotice({ ...row, id }, known);
  };

  return {
    record(mail, verdict) {
      const { proof, results, contentKey } = verdict;
      // What is not proven may name another send by now; it was about the one it named first.
      const before = proof.sendId === undefined ? firstOf(transaction, contentKey) : undefined;
      if (before !== undefined)
        return { kind: 'known', resolution: before.resolution, unresolved: 0 };
      const resolved = resolver().resolve(proof, results, mail.internalDateMs);
      const found = onePerSend(resolved);
      const [first] = found;
      if (first === undefined) return { kind: 'unknown-send' };
      const written = found.map((each) => insert(mail, verdict, each));
      const joined = written.filter((each) => typeof each === 'object');
      afterNotices(transaction, joined, now);
      const known = found.find((each) => each.send !== undefined)?.send;
      return {
        kind: written.some((each) => each !== undefined) ? 'new' : 'known',
        resolution: first.resolution,
        unresolved: results.length - resolved.length,
        ...(known === undefined ? {} : { tenant: known.tenant, messageRow: known.messageRow }),
      };
    },
    join(sendId) {
      if (waiting.get({ sendId }) === undefined) return { joined: 0, entries: 0 };
      const known = resolver().findSend(sendId);
      if (known === undefined) throw new TypeError(`send ${sendId} was joined before it was added`);
      const rows = transaction
        .select()
        .from(notice)
        .where(and(eq(notice.sendId, sendId), isNull(notice.sendRow)))
        .orderBy(notice.receivedAt, notice.id)
        .all();
      let added = 0;
      const joined = rows.map((row) => {
        const remark = row.remark ?? differenceOf(row, known) ?? null;
        const found = { tenant: known.tenant, sendRow: known.id, remark };
        transaction.update(notice).set(found).where(eq(notice.id, row.id)).run();
        // They come in their order, so each is the latest so far.
        if (settle({ ...row, ...found }, { ...known, noticeAt: null })) added += 1;
        return joinedNotice(row, known);
      });
      afterNotices(transaction, joined, now);
      return { joined: joined.length, entries: added };
    },
  };
}

function firstOf(transaction: HistoryTransaction, contentKey: string) {
  return transaction
    .select({ resolution: notice.resolution })
    .from(notice)
    .where(eq(notice.contentKey, contentKey))
    .get();
}

/**
 * One result for each send. Mail to one address may end in several mailboxes: then the one that the
 * mail was sent to speaks, else a failure before a delay.
 */
function onePerSend(found: readonly ResolvedNotice[]): readonly ResolvedNotice[] {
  const bySend = new Map<SendId, ResolvedNotice[]>();
  for (const each of found) bySend.set(each.sendId, [...(bySend.get(each.sendId) ?? []), each]);
  return [...bySend.values()].flatMap((all) => {
    const ranked = all.toSorted((left, right) => rankOf(left) - rankOf(right));
    const [first] = ranked;
    if (first === undefined || all.length === 1) return all;
    const others = `it speaks of ${all.length} recipients of this mail`;
    const remark = first.remark === undefined ? others : `${first.remark}; ${others}`;
    return [{ ...first, remark }];
  });
}

function rankOf({ remark, result }: ResolvedNotice): number {
  const severity = ['bounced', 'complained', 'delayed', 'auto-replied'].indexOf(result.kind);
  return (remark === undefined ? 0 : 10) + severity;
}

function joinedNotice(row: NoticeRow, known: SendOfNotice): JoinedNotice {
  const { replyCode, replyEnhancedCode, diagnostic, remoteMta } = row;
  return {
    noticeId: row.id,
    send: known,
    kind: row.kind,
    class: row.class as BounceClass,
    rule: row.rule,
    confidence: row.confidence / 100,
    suppression: row.suppression as unknown as SuppressionAdvice,
    ...(replyCode === null ? {} : { code: replyCode }),
    ...(replyEnhancedCode === null ? {} : { enhancedCode: replyEnhancedCode }),
    ...(diagnostic === null ? {} : { diagnostic }),
    ...(remoteMta === null ? {} : { remoteMta }),
    resolution: row.resolution,
    certainty: row.certainty,
    receivedAt: row.receivedAt,
  };
}
