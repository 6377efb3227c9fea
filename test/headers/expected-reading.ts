import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { addressKey, type Mailbox } from '../../src/mail/address.ts';
import { bodyLines, inOrder, type ReadMailbox, type ReadMessage } from './read-message.ts';

/** What any program must read from the bytes of a message. */
export function expectedReading(message: MaskedMessage): ReadMessage {
  const { content, sender } = message;
  const isSame = addressKey(sender.address) === addressKey(content.from.address);
  const { to, cc } = content;
  return {
    subject: content.subject,
    from: boxes([content.from]),
    sender: isSame ? [] : boxes([sender]),
    replyTo: boxes(content.replyTo),
    to: boxes(to),
    cc: boxes(cc),
    dateMs: Math.floor(message.dateMs / 1000) * 1000,
    messageId: `<${message.messageId}@${message.messageIdHost}>`,
    text: bodyLines(content.text),
    html: bodyLines(content.html),
    attachments: inOrder(
      content.attachments.map((file) => ({
        filename: file.filename,
        contentId: file.contentId,
        base64: Buffer.from(file.content).toString('base64'),
      })),
    ),
  };
}

function boxes(mailboxes: readonly Mailbox[]): readonly ReadMailbox[] {
  return mailboxes.map(({ name, address }) => ({ name: name ?? '', address }));
}
