import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { deflateRawSync } from 'node:zlib';
import {
  contentCodec,
  contentKeyOf,
  decodeContent,
  encodeContent,
  packContent,
  unpackContent,
} from '../../src/queue/content-codec.ts';
import { seededRandom } from '../support/seed.ts';
import { sampleContent } from './sample-send.ts';

const secret = Buffer.alloc(32, 1);
const key = 'a'.repeat(32);

describe('packing', () => {
  test('gives back what was packed, bytes of attachments included', async () => {
    const content = sampleContent();
    expect(unpackContent(packContent(content))).toEqual(content);
  });

  test('is the same for the same content, and another for any other', async () => {
    expect(packContent(sampleContent()).equals(packContent(sampleContent()))).toBe(true);
    const other = sampleContent({ subject: 'Your quote – ☃ ' });
    expect(packContent(sampleContent()).equals(packContent(other))).toBe(false);
  });

  test('survives random contents', async () => {
    const random = seededRandom();
    for (let round = 0; round < 50; round += 1) {
      const attachments = Array.from({ length: random.integer(4) }, (_each, index) => ({
        filename: `f${index}`,
        contentType: 'application/octet-stream',
        disposition: 'attachment' as const,
        content: Buffer.from(
          Array.from({ length: random.integer(2000) }, () => random.integer(256)),
        ),
      }));
      const content = sampleContent({ attachments, text: 'é'.repeat(random.integer(3000)) });
      const sealed = random.next() < 0.5 ? secret : undefined;
      const stored = await encodeContent(packContent(content), key, sealed);
      expect(unpackContent(await decodeContent(stored, key, sealed))).toEqual(content);
    }
  });

  test('notices an attachment that is cut short', () => {
    const packed = packContent(sampleContent());
    expect(() => unpackContent(packed.subarray(0, -1))).toThrow('cut short');
  });
});

describe('the key', () => {
  test('is of the bytes and of the tenant', async () => {
    const packed = packContent(sampleContent());
    expect(await contentKeyOf('acme', packed)).toMatch(/^[0-9a-f]{32}$/);
    expect(await contentKeyOf('acme', packed)).toBe(
      await contentKeyOf('acme', Buffer.from(packed)),
    );
    expect(await contentKeyOf('acme', packed)).not.toBe(await contentKeyOf('other', packed));
  });
});

const small = Buffer.from('small');
const large = Buffer.from('all the same '.repeat(100));
const sealed = await encodeContent(large, key, secret);

function flipped(at: number): Buffer {
  const copy = Buffer.from(sealed);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('large contents go in pieces and through the pool, and come out the same', async () => {
  const content = sampleContent({
    attachments: [
      {
        filename: 'large.bin',
        contentType: 'application/octet-stream',
        disposition: 'attachment',
        content: createHash('shake256', { outputLength: 3 * 1024 * 1024 + 17 })
          .update('large')
          .digest(),
      },
    ],
  });
  const packed = packContent(content);
  for (const with_ of [undefined, secret]) {
    const stored = await encodeContent(packed, key, with_);
    expect((await decodeContent(stored, key, with_)).equals(packed)).toBe(true);
  }
  const whole = createHmac('sha256', 'content:acme').update(packed).digest('hex').slice(0, 32);
  expect(await contentKeyOf('acme', packed)).toBe(whole);
});

describe('the codec', () => {
  test('compresses where that pays and says so in the first byte', async () => {
    expect((await encodeContent(small, key))[0]).toBe(contentCodec.plain);
    expect((await encodeContent(large, key))[0]).toBe(contentCodec.deflated);
    expect((await encodeContent(large, key)).byteLength).toBeLessThan(large.byteLength / 5);
    for (const packed of [small, large, Buffer.alloc(0)]) {
      expect((await decodeContent(await encodeContent(packed, key), key)).equals(packed)).toBe(
        true,
      );
    }
  });

  test('encrypts with a key: nothing to be read, and no two times the same', async () => {
    for (const packed of [small, large]) {
      const stored = await encodeContent(packed, key, secret);
      expect(stored[0]).toBe(contentCodec.encrypted);
      expect(stored.includes('small') || stored.includes('all the')).toBe(false);
      expect(stored.equals(await encodeContent(packed, key, secret))).toBe(false);
      expect((await decodeContent(stored, key, secret)).equals(packed)).toBe(true);
    }
  });

  test.each<[string, Buffer, string, Buffer | undefined]>([
    ['nothing at all', Buffer.alloc(0), key, undefined],
    ['an unknown codec', Buffer.of(9, 1, 2), key, undefined],
    ['damaged compression', Buffer.of(1, 255, 255), key, undefined],
    ['encrypted, and there is no key', sealed, key, undefined],
    ['encrypted with another key', sealed, key, Buffer.alloc(32, 2)],
    ['a key of a wrong length', sealed, key, Buffer.alloc(16, 1)],
    ['stored under another name', sealed, 'b'.repeat(32), secret],
    ['a changed nonce', flipped(3), key, secret],
    ['a changed body', flipped(30), key, secret],
    ['a changed tag', flipped(sealed.byteLength - 1), key, secret],
    ['cut short', sealed.subarray(0, 20), key, secret],
  ])('refuses %s', async (_what, stored, contentKey, with_) => {
    await expect(decodeContent(stored, contentKey, with_)).rejects.toMatchObject({
      code: 'CONTENT_UNREADABLE',
    });
  });

  test('refuses what unpacks to more than memory bears', async () => {
    const bomb = Buffer.concat([
      Buffer.of(contentCodec.deflated),
      deflateRawSync(Buffer.alloc(257 * 1024 * 1024)),
    ]);
    await expect(decodeContent(bomb, key)).rejects.toMatchObject({ code: 'CONTENT_UNREADABLE' });
  });
});
