import { describe, expect, test } from '@jest/globals';
import { createCopyParser } from '../../../src/history/intake/copy-parser.ts';
import { contentKeyOf } from '../../../src/history/intake/content-key.ts';
import { atEnd } from '../../support/leftovers.ts';
import { bounceOf, sentMail } from '../../support/notices.ts';
import { parseThreadUrl } from '../../support/parse-thread-url.ts';
import { seededRandom } from '../../support/seed.ts';

const parser = createCopyParser({ threadUrl: parseThreadUrl });
atEnd(() => parser.close());
const keyring = { current: 'a', keys: { a: Buffer.alloc(32, 7) } };
const offer = sentMail(keyring, 'offer', 'bob@client.example');
const report = bounceOf(offer);

const nested = (depth: number): Buffer => {
  const levels = Array.from({ length: depth }, (_, level) => level);
  const open = levels.map(
    (level) => `Content-Type: multipart/report; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  );
  return Buffer.from(
    `From: a@x.example\r\n${open.join('')}Content-Type: text/plain\r\n\r\ndeep\r\n`,
  );
};
const recipients = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ original: `r${number}@client.example` }));

describe('a notice is read or given up, and the next one is read', () => {
  test.each<[string, () => Buffer]>([
    ['20,000 nested reports', () => nested(20_000)],
    ['100,000 recipients', () => bounceOf(offer, { recipients: recipients(100_000) })],
    [
      'an answer of 10 MB',
      () => bounceOf(offer, { recipients: [{ diagnostic: 'x '.repeat(5e6) }] }),
    ],
    [
      'an answer folded 500,000 times',
      () => bounceOf(offer, { recipients: [{ diagnostic: '550 no\r\n '.repeat(500_000) }] }),
    ],
    ['20 MB of returned mail', () => bounceOf(offer, { returnedBody: 'x\r\n'.repeat(7_000_000) })],
    ['a boundary in every line', () => bounceOf(offer, { returnedBody: '--part\r\n'.repeat(1e6) })],
    ['a header of 2 MB', () => Buffer.from(`X-A: ${'x'.repeat(2e6)}\r\n${report.toString()}`)],
  ])('%s', async (_name, make) => {
    const result = await parser.parseNotice(make());
    expect(typeof result.ok).toBe('boolean');
    const results = result.ok ? result.notice.results : [];
    expect(results.length).toBeLessThanOrEqual(200);
    expect(await parser.parseNotice(report)).toMatchObject({
      ok: true,
      contentKey: contentKeyOf(report),
      notice: { kind: 'dsn', results: [{ class: 'user_unknown' }] },
    });
  });

  test('damaged reports and garbage', async () => {
    const random = seededRandom();
    for (let round = 0; round < 200; round += 1) {
      const raw = Buffer.from(report.subarray(0, 1 + random.integer(report.length)));
      for (let change = random.integer(20); change > 0; change -= 1) {
        raw[random.integer(raw.length)] = random.pick([0, 0x0a, 0x0d, 0x2d, random.integer(256)]);
      }
      expect(await parser.parseNotice(raw)).toMatchObject({ ok: true });
      const garbage = Buffer.from(Array.from({ length: 300 }, () => random.integer(256)));
      expect(await parser.parseNotice(garbage)).toMatchObject({ ok: true });
    }
  });
});
