import type { CalendarInvitation } from '../mail/calendar-invitation.ts';
import type { MaskingMode, SendKind } from '../mail/kinds.ts';
import type { UncertainPolicy } from '../mail/uncertain-policy.ts';

/** A mailbox as callers write it: `Jane Doe <jane@acme.example>`, a bare address, or its parts. */
export type MailboxInput = string | { readonly name?: string; readonly address: string };

/** A file to send along: by its content only; paths and URLs are never read. */
export interface AttachmentInput {
  /** Name shown to the reader, without path separators. */
  readonly filename: string;
  /** Bytes, or text that `encoding` explains. */
  readonly content: Uint8Array | string;
  /** What a text `content` is: `utf8` (default) or `base64`. */
  readonly encoding?: 'utf8' | 'base64';
  /** MIME type; default `application/octet-stream`. */
  readonly contentType?: string;
  /** Content id for `cid:` links in the HTML; makes the attachment inline. */
  readonly contentId?: string;
}

/** What {@link Producer.send} takes. */
export interface SendInput {
  /** The user on whose behalf the mail is sent. */
  readonly from: MailboxInput;
  /** Recipients named in To. At least one recipient in to, cc and bcc together, at most 50. */
  readonly to?: MailboxInput | readonly MailboxInput[];
  /** Recipients named in Cc. */
  readonly cc?: MailboxInput | readonly MailboxInput[];
  /** Recipients that no header names. */
  readonly bcc?: MailboxInput | readonly MailboxInput[];
  /** Subject; may be empty, not missing. */
  readonly subject: string;
  /** Plain text body. At least one of text and html. */
  readonly text?: string;
  /** HTML body. */
  readonly html?: string;
  /**
   * Makes subject, text and html templates in the Liquid language, and gives the values of their
   * variables, by name: texts, or numbers, at most 2 KB of JSON together. Values are escaped in HTML. Such
   * a mail goes to one recipient, in `to`; all sends with the same texts share one stored content.
   */
  readonly variables?: Readonly<Record<string, string | number>>;
  readonly attachments?: readonly AttachmentInput[];
  /** Where answers go; default: to `from`. */
  readonly replyTo?: MailboxInput | readonly MailboxInput[];
  /** Message-ID of the mail that this one answers, with its angle brackets. */
  readonly inReplyTo?: string;
  /** Message-IDs of the thread so far, the oldest first. */
  readonly references?: readonly string[];
  /** An invitation: an iCalendar object and its method. */
  readonly calendar?: CalendarInvitation;
  /** Custom header fields, `X-…` only, printable ASCII. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Why the mail is sent; default `single`. */
  readonly kind?: SendKind;
  /**
   * How it must be masked; default: the best mode that passes. A mode that cannot pass ends the
   * send as `rejected`, with the better one named.
   */
  readonly mode?: MaskingMode;
  /**
   * What follows an attempt of which nobody knows whether the mail went out: `resend` (the same bytes
   * and Message-ID) or `hold` (an operator decides); default: what the route says.
   */
  readonly uncertainPolicy?: UncertainPolicy;
  /** The customer organisation; default `default`. */
  readonly tenant?: string;
  /**
   * Makes a repeated call harmless for as long as its record is kept (7 days after the last possible
   * end of its sends): the same key and input give the same ids, another input is a conflict.
   */
  readonly idempotencyKey?: string;
  /** No attempt before this time; default now. */
  readonly sendAt?: Date | number | string;
  /** No attempt from this time on; default `sendAt` + 72 hours. */
  readonly expiresAt?: Date | number | string;
  /** The caller's own short texts, kept for the history, never part of the mail. */
  readonly metadata?: Readonly<Record<string, string>>;
}
