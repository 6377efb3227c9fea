import { describe, expect, test } from '@jest/globals';
import { recipientView } from '../../../src/headers/recipient-view/recipient-view.ts';
import { dmarc, viewed, type ViewedCase } from './viewed-message.ts';

/** `provider: rule` of all rules that a message breaks. */
async function broken(
  given: ViewedCase,
  change: (message: string) => string = (message) => message,
): Promise<readonly string[]> {
  const made = await viewed(given);
  const message = change(made.message.toString('latin1'));
  return recipientView({ ...made, message })
    .requirements.filter(({ ok }) => !ok)
    .map(({ provider, rule }) => `${provider}: ${rule}`);
}

describe('by mode', () => {
  test('aligned, rewritten and direct meet everything', async () => {
    for (const kind of ['single', 'sequence', 'bulk'] as const) {
      expect(await broken({ mode: 'aligned', kind, dmarc: dmarc('reject') })).toEqual([]);
      expect(await broken({ mode: 'aligned', variant: 'b1', kind, dmarc: dmarc('none') })).toEqual(
        [],
      );
      expect(await broken({ mode: 'rewritten', kind })).toEqual([]);
    }
    expect(await broken({ mode: 'direct', dmarc: dmarc('reject') })).toEqual([]);
  });

  test('on-behalf meets what is asked of all, and breaks what is asked of bulk senders', async () => {
    expect(await broken({ mode: 'on-behalf', dmarc: dmarc('none') })).toEqual([
      'gmail: bulk senders: From aligned with SPF or DKIM',
      'yahoo: bulk senders: DMARC passes',
      'microsoft: bulk senders: DMARC record, aligned with SPF or DKIM',
    ]);
    expect(await broken({ mode: 'on-behalf' })).toContain(
      'gmail: bulk senders: DMARC record of From',
    );
  });
});

describe('unsubscribing', () => {
  const bulk = { mode: 'rewritten', kind: 'bulk' } as const;

  test('a person’s mail needs none', async () => {
    const { requirements } = recipientView(await viewed({ mode: 'rewritten' }));
    expect(requirements.filter(({ rule }) => rule.includes('unsubscribe'))).toEqual([]);
  });

  test.each([
    ['no field at all', (text: string) => text.replaceAll(/^List-Unsub[^\n]+\n( [^\n]+\n)*/gm, '')],
  ])('%s breaks Gmail and Yahoo', async (_name, change) => {
    expect(await broken(bulk, change)).toEqual([
      'gmail: bulk senders: one-click unsubscribe',
      'yahoo: bulk senders: list-unsubscribe',
    ]);
  });

  test.each([
    ['no post field', (text: string) => text.replace(/^List-Unsubscribe-Post[^\n]+\n/m, '')],
    ['mailto alone', (text: string) => text.replace('<https://crm.example/u/token>,', '')],
    ['two links', (text: string) => text.replace('<mailto:', '<https:')],
    ['a signature without it', (text: string) => text.replaceAll('list-unsubscribe', 'x-other')],
  ])('%s breaks Gmail alone', async (_name, change) => {
    expect(await broken(bulk, change)).toEqual(['gmail: bulk senders: one-click unsubscribe']);
  });
});

describe('form', () => {
  test.each([
    ['two From fields', (text: string) => `From: x@acme.example\r\n${text}`],
    ['two authors', (text: string) => text.replace(/^(From: .+)\r$/m, '$1, x@acme.example\r')],
    ['no Date', (text: string) => text.replace(/^Date: .+\r\n/m, '')],
    ['two subjects', (text: string) => `Subject: x\r\n${text}`],
    ['a bare LF', (text: string) => `${text}\nx`],
    ['a bare CR', (text: string) => `${text}\rx`],
    ['a NUL', (text: string) => `${text}\0`],
    ['a long line', (text: string) => `${text}${'x'.repeat(999)}\r\n`],
    ['bytes beyond ASCII', (text: string) => `X-Note: \xe9\r\n${text}`],
    ['a line that is no field', (text: string) => `no field\r\n${text}`],
  ])('%s breaks what all three ask', async (_name, change) => {
    expect(await broken({ mode: 'aligned', dmarc: dmarc('none') }, change)).toEqual(
      expect.arrayContaining([
        'gmail: all senders: form of RFC 5322',
        'yahoo: all senders: form of RFC 5322',
        'microsoft: all senders: From of RFC 5322',
      ]),
    );
  });

  test.each([
    ['a field of 33 KB', (text: string) => `X-Long:${' xxxxxxxxx\r\n'.repeat(3400)}${text}`],
    ['5001 fields', (text: string) => 'X-A: b\r\n'.repeat(5001) + text],
    ['a header of over 500 KB', (text: string) => `X-A: ${'b'.repeat(900)}\r\n`.repeat(600) + text],
    [
      'a subject of 999',
      (text: string) => text.replace('offer', ' abcd\r\n'.repeat(200).trimEnd()),
    ],
    [
      'a Message-ID of 501',
      (text: string) => text.replace(/^Message-ID: </m, `$&${'a'.repeat(490)}`),
    ],
  ])('%s breaks a limit of Gmail', async (_name, change) => {
    expect(await broken({ mode: 'aligned', dmarc: dmarc('none') }, change)).toEqual([
      'gmail: all senders: limits of the header',
    ]);
  });
});

test('a Gmail address is false unless its own mailbox sends', async () => {
  const rule = 'gmail: all senders: no false Gmail address in From';
  const asGmail = (text: string): string => text.replaceAll('jane@acme.example', 'jane@gmail.com');
  expect(await broken({ mode: 'on-behalf' }, asGmail)).toContain(rule);
  const made = await viewed({ mode: 'direct' });
  const { requirements } = recipientView({
    ...made,
    message: asGmail(made.message.toString()),
    envelope: { ...made.envelope, mailFrom: 'jane@gmail.com' as never },
  });
  expect(requirements.find(({ rule: each }) => rule.endsWith(each))).toMatchObject({ ok: true });
});

test('what no message tells is listed, not judged', async () => {
  const { notJudged, requirements } = recipientView(await viewed({ mode: 'aligned' }));
  expect(notJudged.map(({ rule }) => rule)).toContain('spam rate below 0.3 %');
  const judged = new Set(requirements.map(({ rule }) => rule));
  expect(notJudged.filter(({ rule }) => judged.has(rule))).toEqual([]);
});
