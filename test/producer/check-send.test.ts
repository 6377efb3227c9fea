import { describe, expect, test } from '@jest/globals';
import { checkSend } from '../../src/producer/check-send.ts';
import { fingerprintOf } from '../../src/producer/fingerprint.ts';
import { codeOf, type Problem } from '../../src/runtime/errors.ts';

const contentBytesMax = 15 * 1024 * 1024;

const good = {
  from: 'Jane Doe <jane@acme.example>',
  to: 'bob@dest.example',
  subject: 'Hello',
  text: 'Hello Bob',
};
const attachment = { filename: 'a.txt', content: 'text' };

/** The problems of an input; none when it is fine. */
function problemsOf(input: unknown): readonly Problem[] {
  try {
    checkSend(input, contentBytesMax);
    return [];
  } catch (error) {
    if (codeOf(error) !== 'INVALID_INPUT') throw error;
    return (error as { problems: readonly Problem[] }).problems;
  }
}

const fieldsOf = (input: unknown): readonly string[] => problemsOf(input).map(({ field }) => field);

const addresses = (count: number) => Array.from({ length: count }, (_each, i) => `u${i}@x.example`);

describe('a bad input names its field', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['no from', 'from', { from: undefined }],
    ['a from without @', 'from', { from: 'jane' }],
    ['a from that is a list', 'from', { from: ['jane@acme.example'] }],
    ['two addresses in one from', 'from', { from: 'a@x.example, b@x.example' }],
    ['a line break in the name', 'from', { from: { name: 'J\r\nBcc: e', address: 'j@x.example' } }],
    ['a line break in the address', 'from', { from: 'j@x.example\r\nBcc: eve@x.example' }],
    ['a name that turns the text round', 'from', { from: '\u202eenaJ <jane@acme.example>' }],
    ['a name that is no text', 'from', { from: { name: 7, address: 'j@x.example' } }],
    [
      'a name of 251 characters',
      'from',
      { from: { name: 'x'.repeat(251), address: 'j@x.example' } },
    ],
    ['no recipient at all', 'to', { to: undefined }],
    ['an empty list', 'to', { to: [] }],
    ['a recipient that is none', 'to', { to: '' }],
    ['one bad in a list', 'to[1]', { to: ['a@x.example', 'b@', 'c@x.example'] }],
    ['a bad cc', 'cc', { cc: 'x y@z.example' }],
    ['a bad bcc', 'bcc[0]', { bcc: ['<>'] }],
    ['a local part that is not ASCII', 'to', { to: 'jürgen@x.example' }],
    ['51 recipients', 'to', { to: addresses(51) }],
    [
      '51 recipients over all fields',
      'to',
      { to: addresses(25), cc: 'c@y.example', bcc: addresses(50) },
    ],
    ['no subject', 'subject', { subject: undefined }],
    ['a subject that is no text', 'subject', { subject: 7 }],
    ['a line break in the subject', 'subject', { subject: 'Hello\nBcc: eve@x.example' }],
    ['a NUL in the subject', 'subject', { subject: 'Hel\0lo' }],
    ['half a surrogate pair', 'subject', { subject: 'Hello \ud83d' }],
    ['an over-long subject', 'subject', { subject: 'x'.repeat(999) }],
    ['neither text nor html', 'text', { text: undefined }],
    ['a text that is none', 'text', { text: 7 }],
    ['a NUL in the html', 'html', { html: '<p>\0</p>' }],
    ['a reply-to that is none', 'replyTo', { replyTo: 'nobody' }],
    ['headers that are a list', 'headers', { headers: [['X-A', 'b']] }],
    ['a header of ours', 'headers.Sender', { headers: { Sender: 'x@y.example' } }],
    ['a private header of ours', 'headers.X-Onbehalf-Ref', { headers: { 'X-Onbehalf-Ref': 'x' } }],
    ['a header that is no text', 'headers.X-A', { headers: { 'X-A': 7 } }],
    ['a line break in a header', 'headers.X-A', { headers: { 'X-A': 'b\r\nBcc: eve@x.example' } }],
    [
      'a line break in its name',
      'headers."X-A: b\\r\\nBcc"',
      { headers: { 'X-A: b\r\nBcc': 'e' } },
    ],
    ['an unknown kind', 'kind', { kind: 'newsletter' }],
    ['an empty tenant', 'tenant', { tenant: '' }],
    ['a tenant with a brace', 'tenant', { tenant: '{other}' }],
    ['an empty key', 'idempotencyKey', { idempotencyKey: '' }],
    ['a key of 501 characters', 'idempotencyKey', { idempotencyKey: 'x'.repeat(501) }],
    ['a time in seconds', 'sendAt', { sendAt: 1_700_000_000 }],
    ['a time that is none', 'sendAt', { sendAt: 'tomorrow' }],
    ['an invalid date', 'expiresAt', { expiresAt: new Date(Number.NaN) }],
    ['an expiry before the time', 'expiresAt', { sendAt: '2030-01-02', expiresAt: '2030-01-01' }],
    ['metadata that is no text', 'metadata.deal', { metadata: { deal: 42 } }],
    ['too much metadata', 'metadata', { metadata: { deal: 'x'.repeat(5_000) } }],
    ['a field that is none', 'attachment', { attachment: [] }],
    ['attachments that are no list', 'attachments', { attachments: attachment }],
    ['101 attachments', 'attachments', { attachments: Array(101).fill(attachment) }],
    ['an attachment that is none', 'attachments[0]', { attachments: ['a.txt'] }],
    ['one without a name', 'attachments[0].filename', { attachments: [{ content: 'x' }] }],
    [
      'a name that is a path',
      'attachments[1].filename',
      { attachments: [attachment, { ...attachment, filename: '../a' }] },
    ],
    [
      'a line break in a file name',
      'attachments[0].filename',
      { attachments: [{ ...attachment, filename: 'a"\r\nX: y' }] },
    ],
    ['one without content', 'attachments[0].content', { attachments: [{ filename: 'a' }] }],
    [
      'one by its path',
      'attachments[0].path',
      { attachments: [{ ...attachment, path: '/etc/passwd' }] },
    ],
    [
      'one by a URL',
      'attachments[0].href',
      { attachments: [{ ...attachment, href: 'http://x.example' }] },
    ],
    ['one by url', 'attachments[0].url', { attachments: [{ ...attachment, url: 'file:///a' }] }],
    [
      'content that is an object',
      'attachments[0].content',
      { attachments: [{ filename: 'a', content: { path: '/etc/passwd' } }] },
    ],
    [
      'base64 that is none',
      'attachments[0].content',
      { attachments: [{ ...attachment, encoding: 'base64', content: '***' }] },
    ],
    [
      'an unknown encoding',
      'attachments[0].encoding',
      { attachments: [{ ...attachment, encoding: 'hex' }] },
    ],
    [
      'a type with a file name',
      'attachments[0].contentType',
      { attachments: [{ ...attachment, contentType: 'text/plain; name=x' }] },
    ],
    [
      'a multipart type',
      'attachments[0].contentType',
      { attachments: [{ ...attachment, contentType: 'multipart/mixed' }] },
    ],
    [
      'a content id with a bracket',
      'attachments[0].contentId',
      { attachments: [{ ...attachment, contentId: 'a>\r\nX: y' }] },
    ],
  ])('%s: %s', (_what, field, more) => {
    expect(fieldsOf({ ...good, ...more })).toEqual([field]);
  });

  test.each([undefined, null, 'mail', 7])('an input that is %p', (input) => {
    expect(fieldsOf(input)).toEqual(['input']);
  });

  test('all problems at once, in one message that repeats no value', () => {
    const input = {
      from: 'planted-secret',
      to: ['a@', 'b@'],
      subject: 1,
      html: 'planted\0secret',
      kind: 'planted-secret',
      sendAt: 'planted-secret',
      attachments: [{ filename: 'planted/secret', content: 7 }],
    };
    const problems = problemsOf(input);
    expect(problems.map(({ field }) => field).toSorted()).toEqual(
      [
        'from',
        'to[0]',
        'to[1]',
        'subject',
        'html',
        'kind',
        'sendAt',
        'attachments[0].filename',
        'attachments[0].content',
      ].toSorted(),
    );
    expect(JSON.stringify(problems)).not.toMatch(/planted.{0,6}secret/);
  });
});

describe('a good input', () => {
  test('is read with every default', () => {
    expect(checkSend(good, contentBytesMax)).toEqual({
      content: {
        from: { name: 'Jane Doe', address: 'jane@acme.example' },
        to: [{ address: 'bob@dest.example' }],
        cc: [],
        replyTo: [],
        subject: 'Hello',
        text: 'Hello Bob',
        attachments: [],
        headers: [],
        metadata: {},
      },
      recipients: ['bob@dest.example'],
      kind: 'single',
      tenant: 'default',
    });
  });

  test('has each recipient once, in the order given, and no bcc in the content', () => {
    const checked = checkSend(
      { ...good, to: ['a@x.example', 'b@x.example'], cc: 'A@X.example', bcc: 'c@x.example' },
      contentBytesMax,
    );
    expect(checked.recipients.map((each) => each.toLowerCase())).toEqual([
      'a@x.example',
      'b@x.example',
      'c@x.example',
    ]);
    expect(JSON.stringify(checked.content)).not.toContain('c@x.example');
  });

  test('may have 50 recipients, an empty subject, only html, only bcc', () => {
    expect(fieldsOf({ ...good, to: addresses(50) })).toEqual([]);
    expect(fieldsOf({ ...good, subject: '' })).toEqual([]);
    expect(fieldsOf({ ...good, text: undefined, html: '<p></p>' })).toEqual([]);
    expect(fieldsOf({ ...good, to: undefined, bcc: 'b@x.example' })).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a Date', new Date(1_900_000_000_000)],
    ['milliseconds', 1_900_000_000_000],
    ['ISO 8601', '2030-03-17T17:46:40.000Z'],
    ['ISO 8601 with an offset', '2030-03-17T19:46:40+02:00'],
  ])('takes a time as %s', (_what, sendAt) => {
    expect(checkSend({ ...good, sendAt }, contentBytesMax).sendAt).toBe(1_900_000_000_000);
  });

  test('takes attachments as text, base64, bytes and views of bytes', () => {
    const bytes = new Uint8Array([9, 104, 105, 9]).subarray(1, 3);
    const attachments = [
      { filename: 'a', content: 'hi' },
      { filename: 'b', content: 'aG\r\nk=', encoding: 'base64' },
      { filename: 'c', content: bytes },
      {
        filename: 'd',
        content: Buffer.from('hi'),
        contentType: 'text/plain; charset=utf-8',
        contentId: 'logo',
      },
    ];
    const { content } = checkSend({ ...good, attachments }, contentBytesMax);
    expect(content.attachments.map((each) => Buffer.from(each.content).toString())).toEqual(
      Array(4).fill('hi'),
    );
    expect(content.attachments[3]).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      disposition: 'inline',
      contentId: 'logo',
    });
  });

  test('is bounded in its bytes, all of them together', () => {
    const of = (bytes: number) => ({
      ...good,
      text: 'é'.repeat(10),
      attachments: [{ filename: 'a', content: Buffer.alloc(bytes - 20) }],
    });
    expect(fieldsOf(of(contentBytesMax))).toEqual([]);
    expect(fieldsOf(of(contentBytesMax + 1))).toEqual(['attachments']);
    expect(() => checkSend({ ...good, text: 'x'.repeat(11) }, 10)).toThrow('at most 10');
  });
});

describe('the fingerprint', () => {
  const of = (input: unknown): string => fingerprintOf(checkSend(input, contentBytesMax));

  test('is equal for equal inputs, however they are written', () => {
    const metadata = { a: '1', b: '2' };
    expect(of({ ...good, metadata })).toBe(of({ ...good, metadata: { b: '2', a: '1' } }));
    expect(of({ ...good, to: { address: 'bob@dest.example' } })).toBe(of(good));
    expect(of({ ...good, kind: 'single', tenant: 'default' })).toBe(of(good));
    const file = (content: unknown) => ({ ...good, attachments: [{ filename: 'a', content }] });
    expect(of(file('hi'))).toBe(of(file(Buffer.from('hi'))));
  });

  test.each<[string, Record<string, unknown>]>([
    ['subject', { subject: 'Hello!' }],
    ['text', { text: 'Hello bob' }],
    ['a recipient', { cc: 'c@x.example' }],
    ['a blind recipient', { bcc: 'c@x.example' }],
    ['an attachment', { attachments: [attachment] }],
    ['metadata', { metadata: { a: '1' } }],
    ['a header', { headers: { 'X-A': '1' } }],
    ['the time', { sendAt: 1_900_000_000_000 }],
    ['the expiry', { expiresAt: 1_900_000_000_000 }],
    ['the kind', { kind: 'sequence' }],
  ])('differs with %s', (_what, more) => {
    expect(of({ ...good, ...more })).not.toBe(of(good));
  });
});
