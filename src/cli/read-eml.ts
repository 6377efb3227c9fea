import { simpleParser, type Attachment } from 'mailparser';
import { calendarMethods, type CalendarInvitation } from '../mail/calendar-invitation.ts';
import type { AttachmentInput, SendInput } from '../producer/index.ts';
import { messageOf, validationError } from '../runtime/errors.ts';
import { readOptionFile } from './read-file.ts';

/** What a mail file says, as `send()` takes it: no addresses. */
export type EmlContent = Pick<SendInput, 'subject' | 'text' | 'html' | 'attachments' | 'calendar'>;

/**
 * Reads subject, bodies, attachments and an invitation out of a mail file. Line ends become LF; a file
 * without a body has an empty text.
 *
 * @param file path, or `-` for standard input
 * @throws OnbehalfError `INVALID_INPUT` when it cannot be read or is no mail
 */
export async function readEml(file: string): Promise<EmlContent> {
  const raw = readOptionFile('preview', '--eml', file);
  // The parser makes an empty mail of anything at all.
  if (!/^(?:From [^\n]*\n)?[A-Za-z0-9_-]+[ \t]*:/.test(raw.toString('latin1', 0, 1000))) {
    throw problemOf('is no mail: it does not begin with a header field');
  }
  const mail = await simpleParser(raw, {
    // Bodies as they stand there: no text made of HTML, no images put into it.
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    keepCidLinks: true,
  }).catch((error: unknown) => {
    throw problemOf(messageOf(error));
  });
  const html = mail.html === false ? undefined : mail.html;
  const text = mail.text ?? (html === undefined ? '' : undefined);
  const invitations = mail.attachments.flatMap((part) => invitationOf(part) ?? []);
  const files = mail.attachments.filter((part) => invitationOf(part) === undefined);
  const [calendar] = invitations;
  return {
    subject: mail.subject ?? '',
    ...(text === undefined ? {} : { text: lineFeeds(text) }),
    ...(html === undefined ? {} : { html: lineFeeds(html) }),
    attachments: files.map(attachmentOf),
    ...(calendar === undefined ? {} : { calendar }),
  };
}

function attachmentOf(part: Attachment, index: number): AttachmentInput {
  const { filename, content, contentType, cid, related } = part;
  return {
    filename: filename ?? `attachment-${index + 1}`,
    content,
    contentType,
    ...(cid !== undefined && related ? { contentId: cid } : {}),
  };
}

/** A calendar part with a method; mail programs send it twice, as an alternative and as a file. */
function invitationOf({ contentType, content }: Attachment): CalendarInvitation | undefined {
  if (contentType !== 'text/calendar' && contentType !== 'application/ics') return undefined;
  const text = content.toString('utf8');
  const stated = /^METHOD(?:;[^:\r\n]*)?:([^\r\n]*)/im.exec(text)?.[1]?.trim().toUpperCase();
  const method = calendarMethods.find((each) => each === stated);
  return method === undefined ? undefined : { method, content: text };
}

function problemOf(message: string): Error {
  return validationError('INVALID_INPUT', 'preview', [{ field: '--eml', message }]);
}

function lineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
