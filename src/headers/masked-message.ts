import type { Mailbox } from '../mail/address.ts';
import type { BodyText } from '../mail/body-text.ts';
import type { MessageId } from '../mail/ids.ts';
import type { MessageContent } from '../mail/message-content.ts';
import type { BulkFields } from './bulk-fields.ts';

/** A content whose bodies may be in pieces; a template must have been filled. */
export interface MaskedContent extends Omit<MessageContent, 'text' | 'html'> {
  readonly text?: BodyText;
  readonly html?: BodyText;
}

/** What every masked message has, whatever its mode. */
interface MaskedMessageBase {
  readonly messageId: MessageId;
  /**
   * Right side of the Message-ID: a host name of the From domain in `aligned` and `direct`, else of the
   * provider.
   */
  readonly messageIdHost: string;
  /** Value of the Date field, ms since 1970; frozen with the message's first attempt. */
  readonly dateMs: number;
  readonly content: MaskedContent;
  /**
   * Value of the private header that proves our copies, from `formatMessageReference`; default no such
   * field. Not written in `direct`.
   */
  readonly reference?: string;
  /** Fields of kinds `sequence` and `bulk`; absent for single mail. */
  readonly bulk?: BulkFields;
}

/** From is the user, Sender the provider. */
export interface OnBehalfMessage extends MaskedMessageBase {
  readonly mode: 'on-behalf';
  /** The provider's mailbox, for the Sender field. */
  readonly sender: Mailbox;
}

/** From is the user, whose own domain signs; no Sender. */
export interface AlignedMessage extends MaskedMessageBase {
  readonly mode: 'aligned';
}

/** From is an alias under the provider's domain, and answers go to the user. */
export interface RewrittenMessage extends MaskedMessageBase {
  readonly mode: 'rewritten';
  /** From `senderAlias` and `aliasName`. */
  readonly alias: Mailbox;
}

/** Sent through the user's own mailbox, without a trace of a third party. */
export interface DirectMessage extends MaskedMessageBase {
  readonly mode: 'direct';
}

/**
 * A message and how it is masked: all that its bytes depend on. Two renderings of equal values give
 * equal bytes, so a retry is the same mail.
 */
export type MaskedMessage = OnBehalfMessage | AlignedMessage | RewrittenMessage | DirectMessage;

/** A message as bytes, not yet signed. */
export interface RenderedMessage {
  /**
   * The header block: ASCII, each field ends in CRLF, without the empty line that ends it and
   * without signatures.
   */
  readonly head: string;
  /** ASCII only, lines of at most 998 octets that end in CRLF; never empty. */
  readonly body: Buffer;
  /** Bytes in front of `body` in its memory that nobody else uses, for `assembleInPlace`; default 0. */
  readonly headRoom?: number;
  /**
   * Relaxed canonicalisation takes nothing from the body but empty lines at its end: known where our
   * encoders wrote it. Default: whoever signs it looks.
   */
  readonly isRelaxed?: true;
}
