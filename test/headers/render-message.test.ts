import { describe, expect, test } from '@jest/globals';
import type { MaskedMessage, OnBehalfMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import type { EmailAddress, Mailbox } from '../../src/mail/address.ts';
import type { MessageId } from '../../src/mail/ids.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import type { OnbehalfError } from '../../src/runtime/errors.ts';
import { example, file, mailbox } from './example-message.ts';

const fieldNames = (head: string): readonly (string | undefined)[] =>
  head
    .split(/\r\n(?! )/)
    .slice(0, -1)
    .map((field) => field.split(':')[0]);

describe('mode on-behalf', () => {
  test('writes all fields in a fixed order', () => {
    const { head } = renderMessage(
      example({
        cc: [mailbox('cy@dest.example')],
        replyTo: [mailbox('desk@acme.example')],
        headers: [
          ['X-Deal', '7'],
          ['X-Campaign', 'spring'],
        ],
      }),
    );
    expect(fieldNames(head)).toEqual(
      'From Sender Reply-To To Cc Subject Date Message-ID X-Deal X-Campaign X-Onbehalf-Ref MIME-Version Content-Type Content-Transfer-Encoding'.split(
        ' ',
      ),
    );
  });

  test('writes From the user and Sender the provider, and no Reply-To of its own', () => {
    expect(renderMessage(example()).head).toBe(
      'From: Jane Doe <jane@acme.example>\r\n' +
        'Sender: Acme via CRM <mailer@crm.example>\r\n' +
        'To: Bob <bob@dest.example>\r\n' +
        'Subject: Your offer\r\n' +
        'Date: Mon, 23 Nov 2026 08:30:15 +0000\r\n' +
        `Message-ID: <${example().messageId}@crm.example>\r\n` +
        'X-Onbehalf-Ref: aexamplereference\r\n' +
        'MIME-Version: 1.0\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\n' +
        'Content-Transfer-Encoding: 7bit\r\n',
    );
  });

  test('writes no Sender where the user is the provider’s own mailbox', () => {
    const { head } = renderMessage(example({ from: mailbox('Mailer@crm.example') }));
    expect(fieldNames(head)).not.toContain('Sender');
  });

  test('names no recipient where all are only in the envelope', () => {
    const { head } = renderMessage(example({ to: [] }));
    expect(head).toContain('\r\nTo: undisclosed-recipients:;\r\n');
  });

  test('writes Cc without To', () => {
    const { head } = renderMessage(example({ to: [], cc: [mailbox('cy@dest.example')] }));
    expect(fieldNames(head).slice(0, 3)).toEqual(['From', 'Sender', 'Cc']);
  });

  test('writes no field for an empty subject', () => {
    expect(fieldNames(renderMessage(example({ subject: '' })).head)).not.toContain('Subject');
  });

  test('keeps the caller’s own data out of the mail', () => {
    const { head, body } = renderMessage(example({ metadata: { deal: 'secret-deal' } }));
    expect(`${head}${body.toString('latin1')}`).not.toContain('secret-deal');
  });
});

describe('a message that cannot be represented is refused', () => {
  const raw = (text: string): EmailAddress => text as EmailAddress;
  const named = (name: string): Mailbox => mailbox('x@y.example', name);
  const refusals: readonly [field: string, Partial<MessageContent>, Partial<OnBehalfMessage>?][] = [
    ['from.address', { from: { address: raw('jané@acme.example') } }],
    ['from.address', { from: { address: raw('jane@acme.example>\r\nBcc: <x@y.example') } }],
    ['from.address', { from: { address: raw('jane@bücher.example') } }],
    ['from.address', { from: { address: raw('jane') } }],
    ['from.name', { from: named('Jane\r\nBcc: x@y.example') }],
    ['from.name', { from: named('Jane\u202eenaJ') }],
    ['from.name', { from: named('Jane \ud83d') }],
    ['to[1].address', { to: [mailbox('a@b.example'), { address: raw('ü@b.example') }] }],
    ['to[0].name', { to: [named('a\0b')] }],
    ['cc[0].name', { cc: [named('a\u2028b')] }],
    ['replyTo[0].address', { replyTo: [{ address: raw('a b@c.example') }] }],
    ['subject', { subject: 'x\nBcc: x@y.example' }],
    ['headers.Bcc', { headers: [['Bcc', 'x@y.example']] }],
    ['headers.X-A', { headers: [['X-A', 'a\r\nBcc: x@y.example']] }],
    ['headers.X-Onbehalf-Ref', { headers: [['X-Onbehalf-Ref', 'forged']] }],
    ['text', { text: 'a\0b' }],
    ['html', { html: '<p>\udc00</p>' }],
    ['attachments[0].filename', { attachments: [file('a\r\nb.pdf')] }],
    ['attachments[0].filename', { attachments: [file('../b.pdf')] }],
    ['attachments[0].contentType', { attachments: [file('a', { contentType: 'a/b\r\nX: y' })] }],
    ['attachments[0].contentId', { attachments: [file('a', { contentId: 'x> y' })] }],
    ['sender.name', {}, { sender: named('CRM\r\nX: y') }],
    ['sender.address', {}, { sender: { address: raw('crm') } }],
    ['messageId', {}, { messageId: 'x@y>' as MessageId }],
    ['messageIdHost', {}, { messageIdHost: 'crm.example>\r\nX: y' }],
    ['messageIdHost', {}, { messageIdHost: `${`${'h'.repeat(60)}.`.repeat(4)}example` }],
    ['dateMs', {}, { dateMs: Number.NaN }],
    ['dateMs', {}, { dateMs: -1 }],
    ['reference', {}, { reference: 'a\r\nX: y' }],
  ];

  test.each(refusals.map((row) => ({ field: row[0], content: row[1], changes: row[2] ?? {} })))(
    '$field',
    ({ field, content, changes }) => {
      const seen = refusalOf(example(content, changes));
      expect(seen.code).toBe('RENDER_FAILED');
      expect(seen.problems.map((problem) => problem.field)).toEqual([field]);
    },
  );

  test('without text and HTML', () => {
    const message = example();
    const { text: _, ...content } = message.content;
    expect(refusalOf({ ...message, content }).problems[0]?.field).toBe('text');
  });

  test('with all its problems at once', () => {
    const seen = refusalOf(example({ subject: 'a\nb', text: '\0' }, { dateMs: Infinity }));
    expect(seen.problems.map((problem) => problem.field)).toEqual(['dateMs', 'subject', 'text']);
    expect(seen.message).toContain('subject: holds a line break');
  });
});

function refusalOf(message: MaskedMessage): OnbehalfError {
  try {
    renderMessage(message);
  } catch (error) {
    return error as OnbehalfError;
  }
  throw new Error('the message was rendered');
}
