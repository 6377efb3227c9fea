import type { BounceAction, BounceClass, SuppressionAdvice } from '../mail/bounce-class.ts';
import type { MessageId, SendId } from '../mail/ids.ts';

/** What a mail that came back says of a send. */
export type NoticeKind = 'bounced' | 'delayed' | 'complained' | 'auto-replied';

/** All kinds, for tables and checks. */
export const noticeKinds: readonly NoticeKind[] = [
  'bounced',
  'delayed',
  'complained',
  'auto-replied',
];

/** What named the send of a notice, in order of trust. */
export type NoticeResolution =
  /** The return path of the send, proven by its MAC. */
  | 'return-path'
  /** The private header of the returned mail, proven by its MAC, with the recipient. */
  | 'reference'
  /** The Message-ID of the returned mail, which is of a message we know, with the recipient. */
  | 'message-id'
  /** The name of its transaction (ENVID), which is of a send we know. */
  | 'envelope-id'
  /** The recipient, who got one mail only in the days before. */
  | 'recipient';

/** How sure it is that a notice is about its send; only what is certain has consequences. */
export type NoticeCertainty = 'certain' | 'likely' | 'low';

/** Everything in a notice that may name its sends. */
export interface NoticeProof {
  /** Of a proven return path. */
  readonly sendId?: SendId;
  /** Of a proven private header. */
  readonly messageId?: MessageId;
  /** Of a Message-ID field that has the form of ours. */
  readonly claimedMessageId?: MessageId;
  /** Of an ENVID that has the form of a send id. */
  readonly claimedSendId?: SendId;
}

/** What a notice says of one recipient; every text bounded and safe to print. */
export interface NoticeResult {
  readonly kind: NoticeKind;
  readonly class: BounceClass;
  readonly rule: string;
  /** How sure the class is, 0 to 1. */
  readonly confidence: number;
  readonly action: BounceAction;
  readonly suppression: SuppressionAdvice;
  readonly code?: number;
  readonly enhancedCode?: string;
  readonly diagnostic?: string;
  readonly remoteMta?: string;
  readonly recipient?: string;
  readonly finalRecipient?: string;
}
