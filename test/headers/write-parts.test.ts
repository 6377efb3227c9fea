import { describe, expect, test } from '@jest/globals';
import { mimeTree, type MimePart } from '../../src/headers/mime-tree.ts';
import { writeParts } from '../../src/headers/write-parts.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { example, file } from './example-message.ts';

const { messageId } = example();
const image = file('logo.png', {
  contentType: 'image/png',
  disposition: 'inline',
  contentId: 'logo@crm',
});

/** The tree of a message as its types, e.g. `mixed(plain application/pdf)`. */
function shape(content: Partial<MessageContent>): string {
  const { fields, body } = writeParts(mimeTree(example(content).content), messageId);
  const types = `${fields}${body.join('')}`.matchAll(
    /^Content-Type: (?:multipart\/(\w+)|([\w/-]+))|^--=_(\d)_\w+(--)?/gm,
  );
  const closed: string[] = [];
  for (const [, multipart, leaf, , close] of types) {
    if (multipart !== undefined) closed.push(`${multipart}(`);
    if (leaf !== undefined) closed.push(leaf);
    if (close !== undefined) closed.push(')');
  }
  return closed.join(' ').replaceAll('( ', '(').replaceAll(' )', ')');
}

describe('mimeTree', () => {
  const html = '<p>Hello <img src="cid:logo@crm"></p>';
  // The example's own text must be absent for HTML alone.
  const { text: _, ...htmlOnly } = example({ html }).content;

  test.each<[string, string, Partial<MessageContent>]>([
    ['text', 'text/plain', {}],
    ['text and HTML', 'alternative(text/plain text/html)', { html }],
    ['text and a file', 'mixed(text/plain application/pdf)', { attachments: [file('a.pdf')] }],
    [
      'an image that the HTML shows',
      'alternative(text/plain related(text/html image/png))',
      { html, attachments: [image] },
    ],
    [
      'everything',
      'mixed(alternative(text/plain related(text/html image/png)) application/pdf)',
      { html, attachments: [file('a.pdf'), image] },
    ],
    ['an inline image without HTML', 'mixed(text/plain image/png)', { attachments: [image] }],
    [
      'an inline image without content id',
      'mixed(alternative(text/plain text/html) image/png)',
      { html, attachments: [file('x.png', { contentType: 'image/png', disposition: 'inline' })] },
    ],
    [
      'a mail as file, whose type may not be base64',
      'mixed(text/plain application/octet-stream)',
      { attachments: [file('old.eml', { contentType: 'message/rfc822' })] },
    ],
  ])('of %s is %s', (_name, tree, content) => {
    expect(shape(content)).toBe(tree);
  });

  test('of HTML alone is the HTML', () => {
    const { fields, body } = writeParts(mimeTree(htmlOnly), messageId);
    expect(fields).toBe(
      'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n',
    );
    expect(body.join('')).toBe(`${html}\r\n`);
  });
});

describe('writeParts', () => {
  test('derives boundaries from the message id', () => {
    const { fields } = writeParts(mimeTree(example({ html: '<p>x</p>' }).content), messageId);
    expect(fields).toBe(`Content-Type: multipart/alternative;\r\n boundary="=_1_${messageId}"\r\n`);
  });

  test('takes other boundaries until none occurs in a part', () => {
    const text = `--=_1_${messageId}--\n${messageId}_2 ${messageId}_3`;
    const content = example({ text, html: '<p>x</p>' }).content;
    const { fields, body } = writeParts(mimeTree(content), messageId);
    expect(fields).toContain(`boundary="=_1_${messageId}_4"`);
    const written = body.join('');
    expect(written.split(`--=_1_${messageId}_4`)).toHaveLength(4);
    expect(written).toContain(text.replace('\n', '\r\n'));
  });

  test('ends the body of a single part in CRLF, once', () => {
    const end = (text: string): string =>
      writeParts(mimeTree(example({ text }).content), messageId).body.join('');
    expect(end('a')).toBe('a\r\n');
    expect(end('a\n')).toBe('a\r\n');
    expect(end('')).toBe('\r\n');
  });

  test.each([
    ['Content-Disposition: attachment; filename="a b.pdf"\r\n', true],
    ['Content-Disposition: attachment;\r\n filename="a.pdf"\r\n', true],
    ['Content-Disposition: attachment; filename="a  b.pdf"\r\n', false],
    ['Content-Disposition: attachment;\tfilename="a.pdf"\r\n', false],
    ['Content-Disposition: attachment; \r\n filename="a.pdf"\r\n', false],
  ])('of a part with the field %j it says whether it is relaxed: %s', (fields, isRelaxed) => {
    const leaf: MimePart = { kind: 'leaf', fields, encoding: 'base64', body: ['YQ=='] };
    const root: MimePart = { kind: 'multipart', subtype: 'mixed', parts: [leaf, leaf] };
    expect(writeParts(root, messageId).isRelaxed).toBe(isRelaxed);
  });
});
