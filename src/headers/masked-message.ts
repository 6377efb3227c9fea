import type { Mailbox } from '../mail/address.ts';
import type { MessageId } from '../mail/ids.ts';
import type { MessageContent } from '../mail/message-content.ts';

/**
 * A message and how it is masked: all that its bytes depend on. Two renderings of equal values give
 * equal bytes, so a retry is the same mail.
 */
export interface MaskedMessage {
  /** `on-behalf`: From is the user, Sender the provider. */
  readonly mode: 'on-behalf';
  readonly messageId: MessageId;
  /** Right side of the Message-ID, a host name of the provider. */
  readonly messageIdHost: string;
  /** Value of the Date field, ms since 1970; frozen with the message's first attempt. */
  readonly dateMs: number;
  readonly content: MessageContent;
  /** The provider's mailbox, for the Sender field. */
  readonly sender: Mailbox;
  /** Value of the private header that proves our copies, from `formatMessageReference`. */
  readonly reference: string;
}

/** A message as bytes, not yet signed. */
export interface RenderedMessage {
  /**
   * The header block: ASCII, each field ends in CRLF, without the empty line that ends it and
   * without signatures.
   */
  readonly head: string;
  /** ASCII only, lines of at most 998 octets that end in CRLF; never empty. */
  readonly body: Buffer;
}
