import { describe, expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';
import type { BulkFields } from '../../src/headers/bulk-fields.ts';
import { createDkimSigner } from '../../src/headers/dkim-signer.ts';
import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import type { MaskingMode } from '../../src/mail/kinds.ts';
import { codeOf } from '../../src/runtime/errors.ts';
import { seededRandom } from '../support/seed.ts';
import { example, exampleBulk, inMode, mailbox } from './example-message.ts';
import { expectedReading } from './expected-reading.ts';
import { hostileMessage } from './hostile-message.ts';
import { violations } from './invariants.ts';
import { readMessage } from './read-message.ts';
import { rsaKey, signatureResults } from './verify-signature.ts';

test('hostile content that is allowed breaks no invariant and is read back as it was given', async () => {
  const random = seededRandom();
  for (let round = 0; round < 200; round += 1) {
    const message = hostileMessage(random, false);
    const bytes = assembleMessage(renderMessage(message), []);
    expect(violations(message, bytes)).toEqual([]);
    expect(await readMessage(bytes)).toEqual(expectedReading(message));
  }
});

test('content that is not allowed is refused, or rendered without harm', () => {
  const random = seededRandom();
  let refusedCount = 0;
  let renderedCount = 0;
  for (let round = 0; round < 600; round += 1) {
    const message = hostileMessage(random, true);
    let bytes: Buffer;
    try {
      bytes = assembleMessage(renderMessage(message), []);
    } catch (error) {
      if (codeOf(error) !== 'RENDER_FAILED') throw error;
      refusedCount += 1;
      continue;
    }
    renderedCount += 1;
    expect(violations(message, bytes)).toEqual([]);
  }
  expect(refusedCount).toBeGreaterThan(30);
  expect(renderedCount).toBeGreaterThan(30);
});

test('the same message is rendered to the same bytes', () => {
  const random = seededRandom();
  for (let round = 0; round < 50; round += 1) {
    const message = hostileMessage(random, false);
    const again = structuredClone(message);
    expect(
      assembleMessage(renderMessage(again), []).equals(assembleMessage(renderMessage(message), [])),
    ).toBe(true);
  }
});

test('whatever is rendered is signed so that another program verifies it', async () => {
  const random = seededRandom();
  const key = rsaKey();
  const signer = createDkimSigner({ domain: 'crm.example', selector: 's1', key });
  for (let round = 0; round < 60; round += 1) {
    const message = hostileMessage(random, false);
    const rendered = renderMessage(message);
    const signed = assembleMessage(rendered, [await signer.sign(rendered, message.dateMs)]);
    const now = new Date(message.dateMs);
    expect(await signatureResults(signed, key, 's1._domainkey.crm.example', now)).toEqual(['pass']);
  }
});

test('10,000 letters in every text are folded, not cut', async () => {
  for (const text of ['é'.repeat(10_000), 'x'.repeat(10_000), 'word '.repeat(2000).trim()]) {
    const message = example({ from: mailbox('jane@acme.example', text), subject: text, text });
    const bytes = assembleMessage(renderMessage(message), []);
    expect(violations(message, bytes)).toEqual([]);
    expect(await readMessage(bytes)).toEqual(expectedReading(message));
  }
});

describe('the invariants notice', () => {
  const message = example({ cc: [mailbox('cy@dest.example')], headers: [['X-A', '1']] });
  const good = assembleMessage(renderMessage(message), []).toString('latin1');

  test('nothing in a good message', () => {
    expect(violations(message, Buffer.from(good, 'latin1'))).toEqual([]);
  });

  test.each<[string, (good: string) => string]>([
    ['a Bcc field', (text) => `Bcc: x@y.example\r\n${text}`],
    ['a second From', (text) => `From: x@y.example\r\n${text}`],
    ['a second custom field', (text) => `X-A: 2\r\n${text}`],
    ['no Date', (text) => text.replace(/Date: .*\r\n/, '')],
    ['no Sender', (text) => text.replace(/Sender: .*\r\n/, '')],
    ['a Reply-To nobody asked for', (text) => `Reply-To: x@y.example\r\n${text}`],
    ['a bare LF', (text) => text.replace('Hello Bob,\r\n', 'Hello Bob,\n')],
    ['a bare CR', (text) => text.replace('Hello', 'Hel\rlo')],
    ['NUL', (text) => text.replace('Hello', 'Hel\0lo')],
    ['an octet above ASCII', (text) => text.replace('Jane', 'Jan\xe9')],
    ['a line of 999', (text) => text.replace('Hello', 'x'.repeat(999))],
    ['a line that should be folded', (text) => text.replace('Your offer', `${'x '.repeat(50)}x`)],
    ['a long encoded-word', (text) => text.replace('Your offer', `=?UTF-8?Q?${'x'.repeat(70)}?=`)],
    [
      'an encoded-word in a Message-ID',
      (text) => text.replace('Message-ID: <', 'Message-ID: <=?U?Q?x?='),
    ],
    ['an encoded-word in an address', (text) => text.replace('<jane', '<=?U?Q?x?=')],
    ['no line end at the end', (text) => text.slice(0, -2)],
    ['white space at a line end', (text) => text.replace('Hello Bob,', 'Hello Bob, ')],
  ])('%s', (_, change) => {
    const changed = change(good);
    expect(changed).not.toBe(good);
    expect(violations(message, Buffer.from(changed, 'latin1'))).not.toEqual([]);
  });

  test.each<[MaskingMode, string, (good: string) => string]>([
    ['aligned', 'a Sender', (text) => `Sender: x@crm.example\r\n${text}`],
    ['aligned', 'another From', (text) => text.replace('jane@acme', 'june@acme')],
    ['rewritten', 'another alias', (text) => text.replace('jane=acme', 'june=acme')],
    ['rewritten', 'another answer', (text) => text.replace('<jane@acme', '<june@acme')],
    ['rewritten', 'no via', (text) => text.replace(' via Acme CRM', '')],
    ['rewritten', 'an @ in the name', (text) => text.replace('Jane Doe via', '"Jane@Doe" via')],
    [
      'direct',
      'the provider in an id',
      (text) => text.replace('@acme.example>\r\nList', '@crm.example>\r\nList'),
    ],
    ['direct', 'a signature of ours', (text) => `DKIM-Signature: v=1\r\n${text}`],
    [
      'aligned',
      'two https URIs',
      (text) => text.replace('<mailto:', '<https://b.example/>, <mailto:'),
    ],
    ['aligned', 'another Post', (text) => text.replace('=One-Click', '=one-click')],
    ['aligned', 'a Feedback-ID of three', (text) => text.replace('spring:acme:', 'spring:')],
    ['direct', 'a Feedback-ID', (text) => `Feedback-ID: a:b:c:onbehalf\r\n${text}`],
  ])('%s with %s', (mode, _, change) => {
    const mails: MaskedMessage = { ...inMode(example(), mode), bulk: ownLinks };
    const bytes = assembleMessage(renderMessage(mails), []);
    expect(violations(mails, bytes)).toEqual([]);
    const changed = change(bytes.toString('latin1'));
    expect(changed).not.toBe(bytes.toString('latin1'));
    expect(violations(mails, Buffer.from(changed, 'latin1'))).not.toEqual([]);
  });

  test('list fields in single mail, and a boundary or a hidden recipient in the text', () => {
    const single = Buffer.from(`List-Id: <x.example>\r\n${good}`, 'latin1');
    expect(violations(message, single)).not.toEqual([]);
    const both = example({ html: '<p>x</p>' });
    const parts = assembleMessage(renderMessage(both), []).toString('latin1');
    const boundary = /boundary="([^"]+)"/.exec(parts)?.[1] ?? '';
    const doubled = Buffer.from(parts.replace('it is.', `--${boundary}`), 'latin1');
    expect(violations(both, doubled)).not.toEqual([]);
    const told = example({ text: 'Also to secret.watcher, quietly.' });
    const bytes = assembleMessage(renderMessage(told), []);
    expect(violations(told, bytes, ['secret.watcher@dest.example'])).not.toEqual([]);
    expect(violations(told, bytes, ['bob@dest.example'])).toEqual([]);
  });
});

/** List fields of links at the user's own hosts, so that direct mail may have them. */
const ownLinks: BulkFields = {
  ...exampleBulk,
  unsubscribeUrl: 'https://acme.example/u/token',
  unsubscribeMailto: 'mailto:u-token@acme.example',
  listId: { id: 'spring.acme.example' },
  help: 'https://acme.example/help',
};
