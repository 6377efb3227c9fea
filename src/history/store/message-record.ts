import { createHash } from 'node:crypto';
import type { Mailbox } from '../../mail/address.ts';
import type { Filling } from '../../mail/filling.ts';
import type { MessageContent } from '../../mail/message-content.ts';
import type { CopyAttachment, ParsedCopy } from '../intake-verdict.ts';

/** What the history keeps of a message's content: everything but the bytes of attachments. */
export interface MessageRecord {
  readonly from?: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly CopyAttachment[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where text and html are templates: what they are filled with. The subject is filled already. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * The record of a message that we send.
 *
 * @param filling what its event tells of it where the content is a template
 */
export function recordOfContent(
  content: MessageContent,
  filling: Partial<Filling> = {},
): MessageRecord {
  const { from, cc, replyTo, text, html, metadata } = content;
  const { to, subject, variables } = content.template === true ? filling : {};
  return {
    from,
    to: to === undefined ? content.to : [to],
    cc,
    replyTo,
    subject: subject ?? content.subject,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: content.attachments.map((file) => ({
      filename: file.filename,
      contentType: file.contentType,
      sizeBytes: file.content.byteLength,
      sha256: createHash('sha256').update(file.content).digest('hex'),
    })),
    metadata,
    ...(variables === undefined ? {} : { variables }),
  };
}

/** The record of a message that a sender wrote in her own program. */
export function recordOfCopy(copy: ParsedCopy): MessageRecord {
  const { to, cc, subject, text, html, attachments } = copy;
  const from = copy.from[0];
  return {
    ...(from === undefined ? {} : { from }),
    to,
    cc,
    replyTo: [],
    ...(subject === undefined ? {} : { subject }),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments,
  };
}

/** About how much memory a record takes, in bytes; for bounding what is held at once. */
export function sizeOfRecord(record: MessageRecord): number {
  return 2 * ((record.text?.length ?? 0) + (record.html?.length ?? 0)) + 1_000;
}
