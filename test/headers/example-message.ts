import type { BulkFields } from '../../src/headers/bulk-fields.ts';
import type { MaskedMessage, OnBehalfMessage } from '../../src/headers/masked-message.ts';
import { aliasName } from '../../src/mail/alias-name.ts';
import { domainOf, readAddress, type EmailAddress, type Mailbox } from '../../src/mail/address.ts';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import type { MaskingMode } from '../../src/mail/kinds.ts';
import type { Attachment, MessageContent } from '../../src/mail/message-content.ts';
import { senderAlias } from '../../src/mail/sender-alias.ts';

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

/** The fields of a campaign. */
export const exampleBulk: BulkFields = {
  unsubscribeUrl: 'https://crm.example/u/token',
  unsubscribeMailto: 'mailto:u-token@bounce.crm.example',
  listId: { name: 'Spring offers', id: 'spring.acme.crm.example' },
  feedbackId: ['spring', 'acme', 'bulk', 'onbehalf'],
  help: 'https://crm.example/help',
  precedenceBulk: true,
  autoSubmitted: true,
};

/** The same message in another mode. */
export function inMode(message: MaskedMessage, mode: MaskingMode): MaskedMessage {
  const { messageId, messageIdHost, dateMs, content, reference, bulk } = message;
  const base = {
    messageId,
    messageIdHost,
    dateMs,
    content,
    ...(reference === undefined ? {} : { reference }),
    ...(bulk === undefined ? {} : { bulk }),
  };
  switch (mode) {
    case 'on-behalf':
      return { ...base, mode, sender: mailbox('mailer@crm.example', 'Acme via CRM') };
    case 'aligned':
      return { ...base, mode, messageIdHost: domainOf(content.from.address) };
    case 'direct': {
      const { reference: _, ...bare } = base;
      return { ...bare, mode, messageIdHost: domainOf(content.from.address) };
    }
    case 'rewritten':
      return {
        ...base,
        mode,
        alias: {
          address: senderAlias(content.from.address, 'u.crm.example'),
          name: aliasName(content.from, 'Acme CRM'),
        },
      };
  }
}

/** A message on behalf of Jane, with some of its content changed. */
export function example(
  content: Partial<MessageContent> = {},
  changes: Partial<OnBehalfMessage> = {},
): OnBehalfMessage {
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
