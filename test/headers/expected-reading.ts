import type { MaskedContent, MaskedMessage } from '../../src/headers/masked-message.ts';
import { addressKey, type Mailbox } from '../../src/mail/address.ts';
import { wholeText } from '../../src/mail/body-text.ts';
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
    inReplyTo: content.inReplyTo,
    references: expectedReferences(content),
    calendar: calendar && { method: calendar.method, text: bodyLines(calendar.content) },
    messageId: `<${message.messageId}@${message.messageIdHost}>`,
    text: bodyLines(content.text && wholeText(content.text)),
    html: bodyLines(content.html && wholeText(content.html)),
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

/** Each id once, the parent last; of many the first and the last 20. */
function expectedReferences({ inReplyTo, references = [] }: MaskedContent): readonly string[] {
  const parent = inReplyTo === undefined ? [] : [inReplyTo];
  const all = [...references.filter((id) => id !== inReplyTo), ...parent];
  const once = all.filter((id, index) => all.indexOf(id) === index);
  return once.filter((_, index) => index === 0 || index >= once.length - 20);
}

function boxes(mailboxes: readonly Mailbox[]): readonly ReadMailbox[] {
  // Some readers drop a name that is the address again.
  return mailboxes.map(({ name, address }) => ({
    name: name === undefined || name === address ? '' : name,
    address,
  }));
}
