import { readFileSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import type { AttachmentInput, SendInput } from '../producer/index.ts';
import { messageOf, validationError } from '../runtime/errors.ts';

/** What a mail file says, as `send()` takes it: no addresses. */
export type EmlContent = Pick<SendInput, 'subject' | 'text' | 'html' | 'attachments'>;

/**
 * Reads subject, bodies and attachments out of a mail file. Line ends become LF; a file without a
 * body has an empty text.
 *
 * @throws OnbehalfError `INVALID_INPUT` when the file cannot be read
 */
export async function readEml(file: string): Promise<EmlContent> {
  try {
    const mail = await simpleParser(readFileSync(file === '-' ? 0 : file), {
      // Bodies as they stand there: no text made of HTML, no images put into it.
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipImageLinks: true,
      keepCidLinks: true,
    });
    const html = mail.html === false ? undefined : mail.html;
    const text = mail.text ?? (html === undefined ? '' : undefined);
    return {
      subject: mail.subject ?? '',
      ...(text === undefined ? {} : { text: lineFeeds(text) }),
      ...(html === undefined ? {} : { html: lineFeeds(html) }),
      attachments: mail.attachments.map((each, index): AttachmentInput => {
        const contentId = each.cid;
        return {
          filename: each.filename ?? `attachment-${index + 1}`,
          content: each.content,
          contentType: each.contentType,
          ...(contentId !== undefined && each.related ? { contentId } : {}),
        };
      }),
    };
  } catch (error) {
    throw validationError('INVALID_INPUT', 'preview', [
      { field: '--eml', message: messageOf(error) },
    ]);
  }
}

function lineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
