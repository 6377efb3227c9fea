import type { ParsedCopy } from '../intake-verdict.ts';

/** What the parse thread is started with. */
export interface ParseThreadSettings {
  /** Cap of text and html, each, in bytes of UTF-8. */
  readonly textMaxBytes: number;
}

/** A mail for the parse thread. */
export interface ParseRequest {
  readonly id: number;
  readonly raw: Uint8Array;
}

/** What a mail says, and the key of its content. */
export interface CopyReading {
  readonly copy: ParsedCopy;
  /** See content-key.ts. */
  readonly contentKey: string;
}

/** What the parse thread answers: once `ready`, then one answer for each request. */
export type ParseAnswer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'parsed'; readonly id: number } & CopyReading)
  | { readonly kind: 'failed'; readonly id: number; readonly detail: string };
