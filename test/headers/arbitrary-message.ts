import fc from 'fast-check';
import type { BulkFields } from '../../src/headers/bulk-fields.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import type { EmailAddress, Mailbox } from '../../src/mail/address.ts';
import { messageIdFromKey } from '../../src/mail/ids.ts';
import { calendarMethods } from '../../src/mail/calendar-invitation.ts';
import { maskingModes } from '../../src/mail/kinds.ts';
import type { Attachment, MessageContent } from '../../src/mail/message-content.ts';
import { exampleBulk, inMode, mailbox } from './example-message.ts';

/** What writers and readers of mail get wrong, and which is allowed all the same. */
const awkwardPieces = [
  ['=?UTF-8?Q?x?=', '=?UTF-8?B?eA==?=', '=?', '?=', '=0D=0A', '%0d%0a', '&#13;&#10;', '_', '='],
  [
    '"',
    '\\',
    '\\"',
    '<',
    '>',
    ',',
    ';',
    ':',
    '(',
    ')',
    '[',
    ']',
    '..',
    ' ',
    '  ',
    '\u00a0',
    '\u3000',
  ],
  ["utf-8''", '*0*=', '--', 'From ', 'boundary="x"', '=_1_', 'Bcc: x', 'charset=utf-7'],
  ['é', 'я', '漢字', '😀', '👩‍👩‍👧', 'می‌خواهم', '\u0301', 'ﬁ', 'bank.example', 'p\u0430ypal', '✔'],
  ['a', 'Jane', 'word '.repeat(20), 'x'.repeat(80), 'é'.repeat(40), '\ufffd', '\u{10ffff}'],
].flat();
/** What an attacker would try, or a broken program send. */
const forbiddenPieces = [
  ['\r\n', '\r', '\n', '\r\nBcc: x@evil.example\r\n', '\r\n\r\nbody', '\0', '\t', '\u001b[31m'],
  ['\u007f', '\u0085', '\u2028', '\u2029', '\u202e', '\u2066', '\u200b', '\ufeff', '\u{e0041}'],
  ['\ud800', '\udc00', '\r\n.\r\n', 'x@evil.example', '<x@evil.example>', '\r\n '],
].flat();

function piecesOf(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((all) => all.join(''));
}

// Readers trim what they read, which is their right; what is inside must come back.
const politeText = fc
  .oneof(
    fc.constantFrom(
      'Jane Doe',
      'Your offer',
      'Grüße aus Köln',
      'Привет',
      '"quoted"',
      '漢字 と kana',
    ),
    { weight: 3, arbitrary: piecesOf(awkwardPieces, 8) },
    fc.string({ maxLength: 60 }).map((text) => text.replaceAll('@', '')),
    fc
      .string({ unit: 'grapheme-composite', maxLength: 40 })
      .map((text) => text.replaceAll('@', '')),
  )
  .map((text) => text.trim());
/** Up to ten kilobytes; now and then only, because it is slow. */
const longText = fc
  .tuple(fc.constantFrom(...awkwardPieces), fc.integer({ min: 500, max: 10_000 }))
  .map(([piece, length]) => piece.repeat(Math.ceil(length / piece.length)).trim());
const hostileText = fc.oneof(
  piecesOf([...awkwardPieces, ...forbiddenPieces, ...forbiddenPieces], 8),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ minLength: 990, maxLength: 1010 }),
);

/** Mostly one, in so many of a thousand cases the other. */
function rarely<T>(perMille: number, most: fc.Arbitrary<T>, few: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 1000 - perMille, arbitrary: most },
    { weight: perMille, arbitrary: few },
  );
}

function textOf(hostility: number): fc.Arbitrary<string> {
  return rarely(hostility, rarely(5, politeText, longText), hostileText);
}

const addresses = [
  ['jane@acme.example', "o'hara+x=y@d.example", 'a@xn--bcher-kva.example', '{z}!%#@d.example'],
  [`${'x'.repeat(64)}@${'d'.repeat(60)}.example`],
].flat();
/** What is no address, as a forged job could hold it, or none that a field can. */
const brokenAddresses = [
  [
    'jane',
    'jane@a.example>\r\nBcc: <x@y.example',
    'a b@c.example',
    '@',
    'ü@ö',
    'josé@acme.example',
  ],
].flat();

function mailboxOf(hostility: number, known = addresses): fc.Arbitrary<Mailbox> {
  const address = rarely(
    hostility,
    fc.constantFrom(...known).map((text) => mailbox(text).address),
    fc.constantFrom(...brokenAddresses).map((text) => text as EmailAddress),
  );
  return fc
    .tuple(fc.option(textOf(hostility), { nil: undefined }), address)
    .map(([name, each]) => (name === undefined ? { address: each } : { name, address: each }));
}

function attachmentOf(hostility: number): fc.Arbitrary<Attachment> {
  const politeName = politeText.map((text) => `${text.replace(/[/\\]/g, '').slice(0, 200)}x`);
  const filename = rarely(hostility, politeName, hostileText);
  const content = fc.uint8Array({ maxLength: 200 });
  const file = fc.record({
    filename,
    contentType: fc.constantFrom('application/pdf', 'text/plain; charset=utf-8', 'message/rfc822'),
    disposition: fc.constant('attachment' as const),
    content,
  });
  const image = fc.record(
    {
      filename,
      contentType: fc.constant('image/png'),
      disposition: fc.constantFrom('attachment', 'inline'),
      contentId: fc.constantFrom('logo@crm', 'x'),
      content,
    },
    { requiredKeys: ['filename', 'contentType', 'disposition', 'content'] },
  );
  return fc.oneof(file, image);
}

const calendar = fc
  .tuple(
    fc.constantFrom(...calendarMethods),
    fc.string({ unit: 'grapheme-composite', maxLength: 60 }),
  )
  .map(([method, summary]) => ({
    method,
    content: `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nSUMMARY:${summary.replace(/[\r\n\0]/g, '')}\r\nEND:VCALENDAR\r\n`,
  }));

function contentOf(hostility: number): fc.Arbitrary<MessageContent> {
  const boxes = fc.array(mailboxOf(hostility), { maxLength: 3 });
  const threadId = rarely(
    Math.ceil(hostility / 10),
    fc.integer({ min: 0, max: 60 }).map((count) => `<${count}@h.example>`),
    hostileText,
  );
  const name = rarely(
    hostility,
    fc.constantFrom('X-A', 'x-b', 'X-Long-Name-Of-A-Field'),
    fc.oneof(fc.constantFrom('Bcc', 'From', 'X-Mailer', 'List-Id', 'X-A\r\nBcc'), hostileText),
  );
  const value = rarely(
    hostility,
    politeText.map((text) => text.replace(/[^\x20-\x7e]|=\?/g, '')),
    hostileText,
  );
  return fc.record(
    {
      from: mailboxOf(hostility, [...addresses, 'josé@acme.example']),
      to: boxes,
      cc: boxes,
      replyTo: fc.oneof(fc.constant([]), boxes),
      subject: textOf(hostility),
      text: textOf(hostility),
      html: textOf(hostility),
      attachments: fc.array(attachmentOf(hostility), { maxLength: 2 }),
      calendar,
      inReplyTo: threadId,
      references: fc.array(threadId, { maxLength: 30 }),
      headers: fc.array(fc.tuple(name, value), { maxLength: 2 }),
      metadata: fc.constant({}),
    },
    {
      requiredKeys: [
        'from',
        'to',
        'cc',
        'replyTo',
        'subject',
        'text',
        'attachments',
        'headers',
        'metadata',
      ],
    },
  );
}

function bulkOf(hostility: number): fc.Arbitrary<BulkFields> {
  const hostileOr = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    rarely(hostility, arbitrary, fc.oneof(hostileText, longText));
  return fc
    .record({
      unsubscribeUrl: hostileOr(
        fc
          .integer({ min: 25, max: 905 })
          .map((length) => 'https://c.example/u/'.padEnd(length, 'x')),
      ),
      unsubscribeMailto: fc.option(hostileOr(fc.constant('mailto:u@c.example'))),
      listName: fc.option(textOf(hostility)),
      listId: hostileOr(fc.constant('spring.acme.c.example')),
      campaign: hostileOr(fc.constant('spring')),
      help: fc.option(hostileOr(fc.constant('https://c.example/help'))),
      precedenceBulk: fc.boolean(),
      autoSubmitted: fc.boolean(),
      suppressAutoResponses: fc.boolean(),
    })
    .map(({ unsubscribeMailto, listName, listId, campaign, help, ...rest }) => ({
      ...rest,
      ...(unsubscribeMailto === null ? {} : { unsubscribeMailto }),
      ...(help === null ? {} : { help }),
      listId: listName === null ? { id: listId } : { id: listId, name: listName },
      feedbackId: [
        campaign,
        ...exampleBulk.feedbackId.slice(1),
      ] as unknown as BulkFields['feedbackId'],
    }));
}

/**
 * A message in any mode, of any kind.
 *
 * @param hostility how many of a thousand texts are what an attacker would put into a job
 */
export function arbitraryMessage(hostility: number): fc.Arbitrary<MaskedMessage> {
  return fc
    .record({
      mode: fc.constantFrom(...maskingModes),
      content: contentOf(hostility),
      bulk: fc.option(bulkOf(hostility)),
      key: fc.string(),
      dateMs: fc.integer({ min: 0, max: 2 ** 42 }),
      isProven: fc.boolean(),
    })
    .map(({ mode, content, bulk, key, dateMs, isProven }) => {
      const message: MaskedMessage = {
        mode: 'on-behalf',
        messageId: messageIdFromKey('default', key),
        messageIdHost: 'crm.example',
        dateMs,
        sender: mailbox('mailer@crm.example', 'Acme via CRM'),
        content,
        ...(bulk === null ? {} : { bulk }),
        ...(isProven ? { reference: 'aexamplereference' } : {}),
      };
      return inMode(message, mode);
    });
}
