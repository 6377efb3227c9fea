import type { attachment, attempt } from '../../../db/sqlite/schema.ts';
import type { EmailAddress } from '../../mail/address.ts';
import type { AttemptResult, MaskingMode, SendState } from '../../mail/kinds.ts';
import type { BounceClass } from '../../mail/bounce-class.ts';
import type { SmtpReply } from '../../mail/smtp-reply.ts';
import type { NoticeCertainty, NoticeKind, NoticeResolution } from '../notice.ts';
import type { EntryKind } from './totals.ts';
import { projectSend, type AttemptFacts } from './send-projection.ts';

/** What all sorts of lines have. */
interface LineBase {
  /** When it happened, ms since 1970; of a send that waits, its first attempt. */
  readonly at: number;
  /** Row of the message. */
  readonly messageRow: number;
  readonly subject?: string;
  /** Who wrote it, or on whose behalf it was sent. */
  readonly senderAddress?: EmailAddress;
  readonly senderName?: string;
}

/** What a failure means. */
export interface LineBounce {
  /** One of the bounce classes. */
  readonly class: string;
  /** Id of the rule that decided. */
  readonly rule?: string;
}

/** One attempt of a send, as its timeline line shows it. */
export interface TimelineAttempt {
  readonly attempt: number;
  /** Absent for an end without an attempt. */
  readonly result?: AttemptResult;
  /** State of the send after it. */
  readonly state: SendState;
  /** Ms since 1970. */
  readonly at: number;
  readonly route?: string;
  readonly reply?: SmtpReply;
  /** What its failure means, and the rule that said so. */
  readonly bounce?: LineBounce;
  readonly reason?: string;
}

/** A line about a send of ours. */
export interface SendLine extends LineBase {
  readonly kind: 'send';
  readonly state: SendState;
  readonly sendId: string;
  readonly messageId?: string;
  readonly recipient: string;
  /** Attempts that had a result. */
  readonly attemptCount: number;
  /** All that happened up to this line, oldest first. */
  readonly attempts: readonly TimelineAttempt[];
  readonly mode?: MaskingMode;
  /** Row of the decision table that chose it, from 1. */
  readonly modeRow?: number;
  readonly route?: string;
  /** What the last server that answered said. */
  readonly reply?: SmtpReply;
  /** What the last failure means, where it was not accepted. */
  readonly bounce?: LineBounce;
  readonly reason?: string;
  /** When the next attempt may begin, ms since 1970, while it waits. */
  readonly nextAt?: number;
}

/** A line about a mail that a sender wrote in her own program. */
export interface CopyLine extends LineBase {
  readonly kind: 'copy';
  readonly messageIdHeader?: string;
  /** Date field of the mail, ms since 1970: what its sender's clock said. */
  readonly headerDate?: number;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }[];
  /** Whose dropbox addresses brought it, and which header field told so. */
  readonly broughtBy: readonly { readonly senderAddress: string; readonly rule: string }[];
}

/** A line about a mail that came back: a bounce, a warning of delay, a complaint, an automatic reply. */
export interface NoticeLine extends LineBase {
  readonly kind: 'notice';
  readonly notice: NoticeKind;
  readonly sendId: string;
  readonly messageId?: string;
  readonly recipient: string;
  /** Why, out of the list of bounce classes, and the rule that found it. */
  readonly class: BounceClass;
  readonly rule: string;
  /** How sure the class is, 0 to 1. */
  readonly confidence: number;
  readonly code?: number;
  readonly enhancedCode?: string;
  /** What the server answered; one line. */
  readonly diagnostic?: string;
  /** The server that answered. */
  readonly remoteMta?: string;
  /** What named the send, and how sure that is. */
  readonly resolution: NoticeResolution;
  readonly certainty: NoticeCertainty;
  /** What does not fit together, a sentence. */
  readonly remark?: string;
}

/** One line of a timeline. */
export type TimelineLine = SendLine | CopyLine | NoticeLine;

/** A line as it is read, before what belongs to it is added. */
export interface LineSource {
  readonly source: 'send' | 'entry';
  readonly id: number;
  readonly at: number;
  readonly kind: EntryKind | 'waiting';
  readonly sendRow: number | null;
  readonly sendId: string | null;
  readonly recipient: string | null;
  /** What its entry holds; empty for a send that waits. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Attempts above this one are not part of the line. */
  readonly lastAttempt: number;
  readonly messageRow: number;
  readonly messageId: string | null;
  readonly messageIdHeader: string | null;
  readonly subject: string | null;
  readonly fromAddress: string | null;
  readonly fromName: string | null;
  readonly headerDate: number | null;
}

/**
 * The line of a send.
 *
 * @param attempts all of the send, by number; at least one
 */
export function sendLineOf(
  source: LineSource,
  state: SendState,
  attempts: readonly (typeof attempt.$inferSelect)[],
): SendLine {
  const upTo = attempts.filter((each) => each.number <= source.lastAttempt);
  const then = projectSend(upTo);
  return {
    kind: 'send',
    ...baseOf(source),
    state,
    sendId: source.sendId ?? '',
    ...present('messageId', source.messageId),
    recipient: source.recipient ?? '',
    attemptCount: then.attemptCount,
    attempts: upTo.map(attemptOf),
    ...present('mode', then.mode),
    ...present('modeRow', then.modeRow),
    ...present('route', then.route),
    ...present('reply', replyOf(then)),
    ...present('bounce', bounceOf(then)),
    ...present('reason', then.reason),
    ...present('nextAt', then.nextAt),
  };
}

/** The line of a copy. */
export function copyLineOf(
  source: LineSource,
  files: readonly (typeof attachment.$inferSelect)[],
  attributions: readonly { readonly rule: string; readonly address: string }[],
): CopyLine {
  return {
    kind: 'copy',
    ...baseOf(source),
    ...present('messageIdHeader', source.messageIdHeader),
    ...present('headerDate', source.headerDate),
    attachments: files.map(({ filename, contentType, sizeBytes, sha256 }) => ({
      filename,
      contentType,
      sizeBytes,
      sha256,
    })),
    broughtBy: attributions.map(({ rule, address }) => ({ senderAddress: address, rule })),
  };
}

/** The line of a notice. */
export function noticeLineOf(source: LineSource, notice: NoticeKind): NoticeLine {
  const { noticeId: _row, ...told } = source.payload;
  return {
    kind: 'notice',
    ...baseOf(source),
    notice,
    sendId: source.sendId ?? '',
    ...present('messageId', source.messageId),
    recipient: source.recipient ?? '',
    // As record-notices.ts wrote it.
    ...(told as unknown as Omit<
      NoticeLine,
      keyof LineBase | 'kind' | 'notice' | 'sendId' | 'messageId' | 'recipient'
    >),
  };
}

function baseOf(source: LineSource): LineBase {
  return {
    at: source.at,
    messageRow: source.messageRow,
    ...present('subject', source.subject),
    ...present('senderAddress', source.fromAddress as EmailAddress | null),
    ...present('senderName', source.fromName),
  };
}

function attemptOf(row: AttemptFacts): TimelineAttempt {
  return {
    attempt: row.number,
    ...present('result', row.result),
    state: row.state,
    at: row.at,
    ...present('route', row.route),
    ...present('reply', replyOf(row)),
    ...present('bounce', bounceOf(row)),
    ...present('reason', row.reason),
  };
}

function replyOf(
  row: Pick<AttemptFacts, 'replyCode' | 'replyEnhancedCode' | 'replyText'>,
): SmtpReply | null {
  if (row.replyCode === null) return null;
  return {
    code: row.replyCode,
    ...present('enhancedCode', row.replyEnhancedCode),
    text: row.replyText ?? '',
  };
}

function bounceOf(row: Pick<AttemptFacts, 'bounceClass' | 'bounceRule'>): LineBounce | null {
  if (row.bounceClass === null) return null;
  return { class: row.bounceClass, ...present('rule', row.bounceRule) };
}

/** A property where there is a value, nothing where the database has none. */
function present<Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [Key in Name]?: Value } {
  return value === null ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value });
}
