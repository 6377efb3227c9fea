import { describe, expect, test } from '@jest/globals';
import type { BulkFields } from '../../src/headers/bulk-fields.ts';
import type { MaskedMessage, RewrittenMessage } from '../../src/headers/masked-message.ts';
import { renderMessage } from '../../src/headers/render-message.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { maskingModes } from '../../src/mail/kinds.ts';
import { codeOf, type OnbehalfError } from '../../src/runtime/errors.ts';
import { example, exampleBulk, inMode, mailbox } from './example-message.ts';

/** The first fields of a message, down to the recipients. */
function originators(message: MaskedMessage): string {
  const { head } = renderMessage(message);
  return head.slice(0, head.indexOf('To: Bob'));
}

function refusedFields(message: MaskedMessage): readonly string[] {
  try {
    renderMessage(message);
  } catch (error) {
    if (codeOf(error) !== 'RENDER_FAILED') throw error;
    return (error as OnbehalfError).problems.map(({ field }) => field);
  }
  return [];
}

describe('the originator fields of', () => {
  test('aligned are From alone', () => {
    expect(originators(inMode(example(), 'aligned'))).toBe(
      'From: Jane Doe <jane@acme.example>\r\n',
    );
  });

  test('direct are From alone, and there is no reference', () => {
    const message: MaskedMessage = { ...example(), mode: 'direct', messageIdHost: 'acme.example' };
    expect(originators(message)).toBe('From: Jane Doe <jane@acme.example>\r\n');
    expect(message.reference).toBeDefined();
    expect(renderMessage(message).head).not.toMatch(/onbehalf|crm/i);
  });

  test('rewritten are the alias and the user as Reply-To', () => {
    expect(originators(inMode(example(), 'rewritten'))).toBe(
      'From: Jane Doe via Acme CRM <jane=acme.example@u.crm.example>\r\n' +
        'Reply-To: Jane Doe <jane@acme.example>\r\n',
    );
  });

  test('any mode hold the Reply-To that the content asks for', () => {
    for (const mode of maskingModes) {
      const message = inMode(example({ replyTo: [mailbox('desk@acme.example')] }), mode);
      expect(originators(message)).toContain('\r\nReply-To: desk@acme.example\r\n');
    }
  });
});

describe('a local part outside ASCII', () => {
  const message = example({ from: mailbox('josé@acme.example', 'José') });

  test('is rewritten to a hashed alias, without a Reply-To', () => {
    expect(originators(inMode(message, 'rewritten'))).toMatch(
      /^From: =\?UTF-8\?\S+\r\n <h-[a-z2-7]{26}@u\.crm\.example>\r\n$/,
    );
  });

  test.each(['on-behalf', 'aligned', 'direct'] as const)('is refused in %s', (mode) => {
    expect(refusedFields(inMode(message, mode))).toEqual(['from.address']);
  });
});

describe('refused is', () => {
  const rewritten = inMode(example(), 'rewritten') as RewrittenMessage;
  const { alias } = rewritten;

  test.each<[string, string, MaskedMessage]>([
    ['an alias without a name', 'alias.name', { ...rewritten, alias: { address: alias.address } }],
    ['an @ in its name', 'alias.name', { ...rewritten, alias: { ...alias, name: 'a@b via X' } }],
    ['a wide @ in its name', 'alias.name', { ...rewritten, alias: { ...alias, name: 'a＠b' } }],
    ['a line break in its name', 'alias.name', { ...rewritten, alias: { ...alias, name: 'a\nb' } }],
    [
      'an alias outside ASCII',
      'alias.address',
      { ...rewritten, alias: { ...alias, address: 'é@u.crm.example' as EmailAddress } },
    ],
    [
      'a foreign address as name',
      'from.name',
      example({ from: mailbox('jane@acme.example', 'a@b.example') }),
    ],
    ['no id in In-Reply-To', 'inReplyTo', example({ inReplyTo: 'x' })],
    [
      'an injection in References',
      'references[1]',
      example({ references: ['<a@b>', '<a>\r\nX: y'] }),
    ],
    ['no calendar', 'calendar', example({ calendar: { method: 'REQUEST', content: 'x' } })],
  ])('%s', (_, field, message) => {
    expect(refusedFields(message)).toEqual([field]);
  });
});

describe('list fields', () => {
  const withBulk = (changes: Partial<BulkFields> = {}): MaskedMessage => ({
    ...inMode(example(), 'aligned'),
    bulk: { ...exampleBulk, ...changes },
  });

  test('are written in a fixed order, as the RFCs have them', () => {
    const { head } = renderMessage(withBulk());
    expect(head).toContain(
      '\r\nList-Unsubscribe: <https://crm.example/u/token>,\r\n' +
        ' <mailto:u-token@bounce.crm.example>\r\n' +
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n' +
        'List-Id: "Spring offers" <spring.acme.crm.example>\r\n' +
        'List-Help: <https://crm.example/help>\r\n' +
        'Feedback-ID: spring:acme:bulk:onbehalf\r\n' +
        'Auto-Submitted: auto-generated\r\n' +
        'Precedence: bulk\r\n' +
        'X-Onbehalf-Ref:',
    );
    expect(head).not.toContain('X-Auto-Response-Suppress');
  });

  test('of a sequence ask for no automatic answers, without Precedence', () => {
    const { head } = renderMessage(
      withBulk({ precedenceBulk: false, suppressAutoResponses: true }),
    );
    expect(head).toContain('\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\n');
    expect(head).not.toContain('Precedence');
  });

  test('are absent from single mail', () => {
    for (const mode of maskingModes) {
      expect(renderMessage(inMode(example(), mode)).head).not.toMatch(
        /^(?:List-|Feedback|Auto-Submitted|Precedence|X-Auto)/m,
      );
    }
  });

  const url = (length: number): string => 'https://crm.example/u/'.padEnd(length, 'x');

  test('take a URL of 900 characters', () => {
    const { head } = renderMessage(withBulk({ unsubscribeUrl: url(900) }));
    expect(head).toContain(`List-Unsubscribe: <${url(900)}>,\r\n`);
    for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  });

  test.each<[string, string, Partial<BulkFields>]>([
    ['a URL of 901 characters', 'unsubscribeUrl', { unsubscribeUrl: url(901) }],
    ['a URL without TLS', 'unsubscribeUrl', { unsubscribeUrl: 'http://crm.example/u' }],
    ['another scheme', 'unsubscribeUrl', { unsubscribeUrl: 'mailto:u@crm.example' }],
    ['no URL', 'unsubscribeUrl', { unsubscribeUrl: 'crm.example/u' }],
    ['an empty URL', 'unsubscribeUrl', { unsubscribeUrl: '' }],
    ['two URLs', 'unsubscribeUrl', { unsubscribeUrl: 'https://a.example>,<https://b.example' }],
    ['a space', 'unsubscribeUrl', { unsubscribeUrl: 'https://a.example/a b' }],
    ['a line break', 'unsubscribeUrl', { unsubscribeUrl: 'https://a.example/\r\nBcc:x@y.example' }],
    ['letters outside ASCII', 'unsubscribeUrl', { unsubscribeUrl: 'https://bücher.example/' }],
    ['an encoded-word', 'unsubscribeUrl', { unsubscribeUrl: 'https://a.example/=?UTF-8?Q?x?=' }],
    ['a mailto that is none', 'unsubscribeMailto', { unsubscribeMailto: 'u@crm.example' }],
    ['a help that is none', 'help', { help: 'javascript:alert(1)' }],
    ['a list id that is none', 'listId.id', { listId: { id: 'spring list' } }],
    ['a list id in upper case', 'listId.id', { listId: { id: 'Spring.crm.example' } }],
    ['a list name of two lines', 'listId.name', { listId: { id: 'a.b', name: 'a\r\nX: y' } }],
    ['a colon', 'feedbackId', { feedbackId: ['a:b', 'c', 'd', 'onbehalf'] }],
    ['an empty part', 'feedbackId', { feedbackId: ['', 'c', 'd', 'onbehalf'] }],
    ['a short SenderId', 'feedbackId', { feedbackId: ['a', 'c', 'd', 'four'] }],
    ['a long SenderId', 'feedbackId', { feedbackId: ['a', 'c', 'd', 'sixteen-letters-'] }],
  ])('are refused with %s in %s', (_, field, changes) => {
    expect(refusedFields(withBulk(changes))).toEqual([`bulk.${field}`]);
  });
});
