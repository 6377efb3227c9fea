import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { addressKey, type Mailbox } from '../../src/mail/address.ts';
import { bodyLines, inOrder, type ReadMailbox, type ReadMessage } from './read-message.ts';

/** What any program must read from the bytes of a message. */
export function expectedReading(message: MaskedMessage): ReadMessage {
  const { content } = message;
  const { to, cc, calendar } = content;
  const invitation = calendar && {
    filename: 'invite.ics',
    contentId: undefined,
    base64: Buffer.from(calendar.content.replace(/\r\n?|\n/g, '\r\n')).toString('base64'),
  };
  return {
    subject: content.subject,
    from: boxes([message.mode === 'rewritten' ? message.alias : content.from]),
    sender: boxes(expectedSender(message)),
    replyTo: boxes(expectedReplyTo(message)),
    to: boxes(to),
    cc: boxes(cc),
    dateMs: Math.floor(message.dateMs / 1000) * 1000,
    messageId: `<${message.messageId}@${message.messageIdHost}>`,
    text: bodyLines(content.text),
    html: bodyLines(content.html),
    attachments: inOrder([
      ...content.attachments.map((file) => ({
        filename: file.filename,
        contentId: file.contentId,
        base64: Buffer.from(file.content).toString('base64'),
      })),
      ...(invitation === undefined ? [] : [invitation]),
    ]),
  };
}

/** Who must be in Sender: nobody but in mode on-behalf, and there not where it is the user herself. */
export function expectedSender(message: MaskedMessage): readonly Mailbox[] {
  if (message.mode !== 'on-behalf') return [];
  const isSame = addressKey(message.sender.address) === addressKey(message.content.from.address);
  return isSame ? [] : [message.sender];
}

/** Who must be in Reply-To: nobody unless asked for, but the user where From is her alias. */
export function expectedReplyTo({ mode, content }: MaskedMessage): readonly Mailbox[] {
  const { replyTo, from } = content;
  if (mode !== 'rewritten' || replyTo.length > 0) return replyTo;
  return Buffer.byteLength(from.address) === from.address.length ? [from] : [];
}

function boxes(mailboxes: readonly Mailbox[]): readonly ReadMailbox[] {
  return mailboxes.map(({ name, address }) => ({ name: name ?? '', address }));
}
