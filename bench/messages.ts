import { readAddress, type Mailbox } from '../src/mail/address.ts';
import { messageIdFromKey } from '../src/mail/ids.ts';
import type { MessageContent } from '../src/mail/message-content.ts';
import type { OnBehalfMessage } from '../src/headers/masked-message.ts';

/** One kind of mail that a CRM sends. */
export interface BenchMessage {
  readonly name: string;
  readonly message: OnBehalfMessage;
}

function mailbox(name: string, text: string): Mailbox {
  const reading = readAddress(text);
  if (!reading.ok) throw new Error(`${text} ${reading.reason}`);
  return { name, address: reading.address };
}

const paragraphs = (words: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${words} ${index + 1}.`).join('\n\n');

const english = 'Thank you for the call. As promised, here is what we talked about, in paragraph';
const german =
  'Vielen Dank für das Gespräch. Wie besprochen schicke ich Ihnen die Übersicht, Absatz';

function html(body: string, attributes: string): string {
  const rows = body
    .split('\n\n')
    .map((each) => `  <tr><td ${attributes}>${each}</td></tr>`)
    .join('\n');
  return `<!doctype html>\n<html><body>\n<table width="600">\n${rows}\n</table>\n</body></html>\n`;
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 197 + (index >> 7)) % 256);
}

function message(name: string, content: Partial<MessageContent>): BenchMessage {
  const messageId = messageIdFromKey('bench', name);
  return {
    name,
    message: {
      mode: 'on-behalf',
      messageId,
      messageIdHost: 'crm.example',
      dateMs: Date.UTC(2026, 10, 23, 8, 30, 15),
      sender: mailbox('Acme via CRM', 'mailer@crm.example'),
      reference: `a${messageId}-abcdefghij234567`,
      content: {
        from: mailbox('Jane Doe', 'jane@acme.example'),
        to: [mailbox('Bob Ray', 'bob@dest.example')],
        cc: [],
        replyTo: [],
        subject: 'What we talked about',
        text: paragraphs(english, 8),
        attachments: [],
        headers: [],
        metadata: {},
        ...content,
      },
    },
  };
}

const style = 'style="padding: 8px 16px; font: 15px/22px Arial, sans-serif"';

/** The mails that both sides compose, from the plainest to one with a file. */
export const benchMessages: readonly BenchMessage[] = [
  message('text, 0.8 KB', {}),
  message('text and HTML, 7.5 KB', {
    text: paragraphs(english, 20),
    html: html(paragraphs(english, 32), style),
  }),
  message('accents, 9 KB', {
    from: mailbox('Jörg Müller', 'joerg@acme.example'),
    to: [mailbox('Zoë Söderström', 'zoe@dest.example')],
    subject: 'Ihre Übersicht für März: Angebot und nächste Schritte',
    text: paragraphs(german, 24),
    html: html(paragraphs(german, 36), style),
  }),
  message('HTML, image and file, 60 KB', {
    html: html(`<img src="cid:logo@crm">\n\n${paragraphs(english, 20)}`, style),
    attachments: [
      {
        filename: 'logo.png',
        contentType: 'image/png',
        disposition: 'inline',
        contentId: 'logo@crm',
        content: bytes(8 * 1024),
      },
      {
        filename: 'Übersicht.pdf',
        contentType: 'application/pdf',
        disposition: 'attachment',
        content: bytes(32 * 1024),
      },
    ],
  }),
];
