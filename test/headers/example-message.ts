import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { readAddress, type EmailAddress, type Mailbox } from '../../src/mail/address.ts';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import type { Attachment, MessageContent } from '../../src/mail/message-content.ts';

/** A checked address; throws where it is none. */
function address(text: string): EmailAddress {
  const reading = readAddress(text);
  if (!reading.ok) throw new Error(`${text} ${reading.reason}`);
  return reading.address;
}

/** A mailbox from an address and, where there is one, a name. */
export function mailbox(text: string, name?: string): Mailbox {
  return name === undefined ? { address: address(text) } : { address: address(text), name };
}

/** A file of a few bytes that are no text. */
export function file(filename: string, changes: Partial<Attachment> = {}): Attachment {
  return {
    filename,
    contentType: 'application/pdf',
    disposition: 'attachment',
    content: Uint8Array.from({ length: 200 }, (_, index) => (index * 37) % 256),
    ...changes,
  };
}

/** A message on behalf of Jane, with some of its content changed. */
export function example(
  content: Partial<MessageContent> = {},
  changes: Partial<MaskedMessage> = {},
): MaskedMessage {
  return {
    mode: 'on-behalf',
    messageId: messageIdFromKey('default', 'example'),
    messageIdHost: 'crm.example',
    dateMs: Date.UTC(2026, 10, 23, 8, 30, 15),
    sender: mailbox('mailer@crm.example', 'Acme via CRM'),
    reference: 'aexamplereference',
    content: {
      from: mailbox('jane@acme.example', 'Jane Doe'),
      to: [mailbox('bob@dest.example', 'Bob')],
      cc: [],
      replyTo: [],
      subject: 'Your offer',
      text: 'Hello Bob,\n\nhere it is.\n',
      attachments: [],
      headers: [],
      metadata: {},
      ...content,
    },
    ...changes,
  };
}
