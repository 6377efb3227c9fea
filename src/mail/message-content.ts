import type { Mailbox } from './address.ts';
import type { CalendarInvitation } from './calendar-invitation.ts';

/** A file that travels with a message. */
export interface Attachment {
  /** Name shown to the reader; no path separators. */
  readonly filename: string;
  /** MIME type, e.g. `application/pdf`. */
  readonly contentType: string;
  /** `inline` for images that the HTML shows through their content id. */
  readonly disposition: 'attachment' | 'inline';
  /** Content id without angle brackets, for `cid:` links in the HTML. */
  readonly contentId?: string;
  readonly content: Uint8Array;
}

/**
 * What a message says and to whom it is addressed: all that its header and body are made of, besides
 * what masking adds. Recipients that are only in the envelope (bcc) are not part of it.
 */
export interface MessageContent {
  /**
   * Subject, text and html are templates, one content for many sends: each job brings what its message
   * has for itself, the recipient too, so `to` is empty. Absent: they are the texts to be sent.
   */
  readonly template?: true;
  /** The user on whose behalf the message is sent. */
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  /** Where answers go; empty means to `from`. */
  readonly replyTo: readonly Mailbox[];
  readonly subject: string;
  /** At least one of text and html is there. Lines end in LF. */
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly Attachment[];
  /** An invitation: shown by mail programs as one, and attached as a file for the others. */
  readonly calendar?: CalendarInvitation;
  /** Message-ID of the mail that this one answers, with its angle brackets (`threadIdProblem`). */
  readonly inReplyTo?: string;
  /** Message-IDs of the thread so far, the oldest first; that of `inReplyTo` may be left out. */
  readonly references?: readonly string[];
  /** Custom header fields, checked by `customHeaderProblem`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The caller's own data: kept for the history, never part of the mail. */
  readonly metadata: Readonly<Record<string, string>>;
}
