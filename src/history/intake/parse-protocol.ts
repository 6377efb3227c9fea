import type { NoticeReading } from '../../bounces/classification.ts';
import type { BounceRule } from '../../bounces/rule.ts';
import type { ParsedCopy } from '../intake-verdict.ts';

/** What the parse thread is started with. */
export interface ParseThreadSettings {
  /** Cap of text and html, each, in bytes of UTF-8. */
  readonly textMaxBytes: number;
  /** Rules of the user that notices are classified by, before ours. */
  readonly bounceRules: readonly BounceRule[];
}

/** A mail for the parse thread, to be read as a copy or as a notice. */
export interface ParseRequest {
  readonly id: number;
  readonly as: 'copy' | 'notice';
  readonly raw: Uint8Array;
}

/** What a mail says, and the key of its content. */
export interface CopyReading {
  readonly copy: ParsedCopy;
  /** See content-key.ts. */
  readonly contentKey: string;
}

/** What a mail says as a notice, bounded, and the key of its content. */
export interface NoticeMailReading {
  readonly notice: NoticeReading;
  /** See content-key.ts. */
  readonly contentKey: string;
}

/** What the parse thread answers: once `ready`, then one answer for each request. */
export type ParseAnswer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'copy'; readonly id: number } & CopyReading)
  | ({ readonly kind: 'notice'; readonly id: number } & NoticeMailReading)
  | { readonly kind: 'failed'; readonly id: number; readonly detail: string };
