import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, test } from '@jest/globals';
import { contentKeyOf } from '../../../src/history/intake/content-key.ts';
import { createCopyParser } from '../../../src/history/intake/copy-parser.ts';
import type { CopyParser, CopyParseResult } from '../../../src/history/intake/copy-parser.ts';
import type { ParsedCopy } from '../../../src/history/intake-verdict.ts';
import { atEnd } from '../../support/leftovers.ts';
import { parseThreadUrl } from '../../support/parse-thread-url.ts';
import { seededRandom } from '../../support/seed.ts';

const parser = createCopyParser({ threadUrl: parseThreadUrl, textMaxBytes: 4096 });
atEnd(() => parser.close());

async function copyOf(raw: Buffer | string): Promise<ParsedCopy> {
  const result = await parser.parse(Buffer.from(raw));
  if (!result.ok) throw new Error(result.detail);
  return result.copy;
}

const plain = (header: string, body = 'Hello'): string =>
  `${header.trim().replaceAll('\n', '\r\n')}\r\n\r\n${body}\r\n`;

describe('what a copy says', () => {
  const mixed = readFileSync(new URL('./fixtures/mixed.eml', import.meta.url));

  test('a mail with text, html and an attachment', async () => {
    const result = await parser.parse(mixed);
    expect(result).toEqual({
      ok: true,
      contentKey: contentKeyOf(mixed),
      copy: {
        from: [{ name: 'Jane Döe', address: 'jane@acme.example' }],
        to: [
          { name: 'Müller, Carl', address: 'carl@contact.example' },
          { address: 'dora@xn--bcher-kva.example' },
        ],
        cc: [{ address: 'emil@contact.example' }],
        subject: 'Angebot für Sie – 2026',
        messageIdHeader: '<AbC.1@mail.acme.example>',
        inReplyTo: '<before@contact.example>',
        headerDateMs: Date.UTC(2026, 10, 23, 7, 30, 15),
        text: 'Grüße aus Köln\n',
        html: '<p>Gr&uuml;&szlig;e <img src="cid:logo@acme"></p>\n',
        attachments: [
          {
            filename: 'offer.pdf',
            contentType: 'application/pdf',
            sizeBytes: 11,
            sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
          },
        ],
      },
    });
  });

  test('the same with bare CR line ends', async () => {
    const macintosh = Buffer.from(mixed.toString('latin1').replace(/\r\n/g, '\r'), 'latin1');
    expect(await copyOf(macintosh)).toEqual(await copyOf(mixed));
  });

  test.each<[string, string, Partial<ParsedCopy>]>([
    ['an unreadable date', 'From: a@x.example\nDate: yesterday', { from: [box('a@x.example')] }],
    ['nothing but a body', 'X-A: 1', { from: [], to: [], cc: [], attachments: [] }],
    [
      'groups and repeated To',
      'From: a@x.example\nTo: Team: b@x.example, c@x.example;\nTo: B@x.example, d@x.example',
      { to: [box('b@x.example'), box('c@x.example'), box('d@x.example')] },
    ],
    [
      'addresses we do not accept',
      'From: a@x.example\nTo: "q q"@x.example, e@localhost, f@[127.0.0.1], undisclosed:;, g@x.example',
      { to: [box('g@x.example')] },
    ],
    ['two authors, one not acceptable', 'From: a@x.example, "q q"@x.example', { from: [] }],
    [
      'an encoded subject with control characters',
      'Subject: =?utf-8?q?a=00b=0Ac?=',
      { subject: 'a b c' },
    ],
  ])('%s', async (_name, header, expected) => {
    const copy = await copyOf(plain(header));
    expect(copy).toMatchObject(expected);
    expect(copy.headerDateMs).toBeUndefined();
  });

  test('bounds every text', async () => {
    const long = 'ü'.repeat(100_000);
    const copy = await copyOf(
      plain(`From: a@x.example\nSubject: ${long}\nMessage-ID: <${long}>`, long),
    );
    expect(copy.subject).toHaveLength(1000);
    expect(copy.messageIdHeader).toHaveLength(998);
    expect(Buffer.byteLength(copy.text ?? '')).toBe(4096);
    expect(copy.text).toMatch(/^ü+$/);
  });

  test('text that is no text stays well-formed', async () => {
    const header = 'From: a@x.example\nContent-Type: text/plain; charset=utf-16le';
    const raw = Buffer.concat([
      Buffer.from(`${header.replace('\n', '\r\n')}\r\n\r\n`),
      Buffer.from([0x41, 0, 0x3d, 0xd8, 0x42, 0, 0, 0, 0x43, 0]),
    ]);
    const copy = await copyOf(raw);
    expect(copy.text?.isWellFormed()).toBe(true);
    expect(copy.text).not.toContain('\u0000');
  });
});

describe('hostile mail', () => {
  const deadlineMs = 10_000;

  /** Parses and says how long it took and how long this thread did not answer meanwhile. */
  async function measured(
    raw: Buffer,
    by: CopyParser = parser,
  ): Promise<{ readonly result: CopyParseResult; readonly ms: number; readonly lagMs: number }> {
    await by.parse(Buffer.from('warm: up'));
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const startedAt = performance.now();
    const result = await by.parse(raw);
    const ms = performance.now() - startedAt;
    lag.disable();
    return { result, ms, lagMs: lag.max / 1e6 };
  }

  const nested = (depth: number): string => {
    const levels = Array.from({ length: depth }, (_, index) => index);
    const open = levels.map(
      (level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
    );
    return `From: a@x.example\r\n${open.join('')}Content-Type: text/plain\r\n\r\ndeep\r\n`;
  };
  const html = (body: string): string =>
    `From: a@x.example\r\nContent-Type: text/html\r\n\r\n${body}\r\n`;

  test.each<[string, () => string]>([
    ['a flat table of 3.3 MB', () => html(`<table>${'<tr><td>x</td></tr>'.repeat(174_000)}`)],
    ['20,000 nested divs', () => html('<div>'.repeat(20_000))],
    ['500 nested multiparts', () => nested(500)],
    ['20,000 nested multiparts', () => nested(20_000)],
    ['20 MB of text', () => html('x'.repeat(76).concat('\r\n').repeat(270_000))],
    ['20 MB in one line', () => html('x'.repeat(20 * 1024 * 1024))],
    ['20 MB of empty lines', () => html('\r\n'.repeat(10 * 1024 * 1024))],
    ['a header of 2 MB', () => plain(`From: a@x.example\nX-A: ${'x'.repeat(2 * 1024 * 1024)}`)],
    [
      '100,000 recipients',
      () => plain(`From: a@x.example\nTo: ${'b@x.example,\n '.repeat(100_000)}`),
    ],
    ['an unclosed address of 200 KB', () => plain(`From: ${'<("'.repeat(70_000)}`)],
    ['an encoded word of 500 KB', () => plain(`Subject: =?utf-8?q?${'=41'.repeat(170_000)}?=`)],
    ['a boundary that never comes', () => plain('Content-Type: multipart/mixed; boundary=x')],
    [
      'flowed text of 2 MB',
      () => `Content-Type: text/plain; format=flowed\r\n\r\n${'> a \r\n'.repeat(330_000)}`,
    ],
  ])(
    '%s is read or given up within its deadline, while other work goes on',
    async (_name, make) => {
      const { result, ms, lagMs } = await measured(Buffer.from(make()));
      expect(typeof result.ok).toBe('boolean');
      expect(ms).toBeLessThan(deadlineMs + 5000);
      // some ms as a rule: nothing of it is parsed in this thread
      expect(lagMs).toBeLessThan(2000);
      expect(await parser.parse(Buffer.from(plain('From: a@x.example')))).toMatchObject({
        ok: true,
      });
    },
  );

  test('a mail over its deadline fails, and the next one is read', async () => {
    const hasty = createCopyParser({ threadUrl: parseThreadUrl, deadlineMs: 1 });
    const slow = Buffer.from(html('x'.repeat(20 * 1024 * 1024)));
    expect(await hasty.parse(slow)).toEqual({
      ok: false,
      detail: 'parsing it took more than 1 ms',
    });
    await hasty.close();
    const patient = createCopyParser({ threadUrl: parseThreadUrl, deadlineMs: 300 });
    // some seconds of work: empty lines are what the parser is slowest at
    const slower = Buffer.from(plain('From: a@x.example', '\r\n'.repeat(10_000_000)));
    expect((await patient.parse(slower)).ok).toBe(false);
    expect(await patient.parse(Buffer.from(plain('From: a@x.example')))).toMatchObject({
      ok: true,
    });
    await patient.close();
  });

  test('a mail over the memory of the thread fails, and the next one is read', async () => {
    const small = createCopyParser({ threadUrl: parseThreadUrl, heapMb: 64 });
    const large = Buffer.from(html('<b>ü</b>\r\n'.repeat(2_000_000)));
    expect(await small.parse(large)).toMatchObject({ ok: false });
    expect(await small.parse(Buffer.from(plain('From: a@x.example')))).toMatchObject({ ok: true });
    await small.close();
  });

  test('garbage and damaged mail never throws', async () => {
    const random = seededRandom();
    const mixed = readFileSync(new URL('./fixtures/mixed.eml', import.meta.url));
    for (let round = 0; round < 200; round += 1) {
      const raw = Buffer.from(mixed.subarray(0, 1 + random.integer(mixed.length)));
      for (let change = random.integer(20); change > 0; change -= 1) {
        raw[random.integer(raw.length)] = random.pick([
          0,
          0x0a,
          0x0d,
          0x3d,
          0x2d,
          random.integer(256),
        ]);
      }
      expect(typeof (await parser.parse(raw)).ok).toBe('boolean');
      const garbage = Buffer.from(Array.from({ length: 300 }, () => random.integer(256)));
      expect(typeof (await parser.parse(garbage)).ok).toBe('boolean');
    }
  });
});

describe('the thread', () => {
  test('a thread that does not start is an error, not a bad mail', async () => {
    const broken = createCopyParser({
      threadUrl: new URL('./no-such-thread.mjs', import.meta.url),
    });
    await expect(broken.parse(Buffer.from('A: 1'))).rejects.toMatchObject({
      code: 'SELF_CHECK_FAILED',
    });
    await broken.close();
  });

  test('calls at once wait for each other', async () => {
    const results = await Promise.all(
      [1, 2, 3].map((number) => copyOf(plain(`Subject: ${number}\nFrom: a@x.example`))),
    );
    expect(results.map((copy) => copy.subject)).toEqual(['1', '2', '3']);
  });

  test('closing twice, and before any mail, is fine; a closed parser reads nothing', async () => {
    const unused = createCopyParser({ threadUrl: parseThreadUrl });
    await unused.close();
    await unused.close();
    expect(await unused.parse(Buffer.from('A: 1'))).toEqual({
      ok: false,
      detail: 'the parser was closed',
    });
  });
});

function box(address: string) {
  return { address } as ParsedCopy['from'][number];
}
