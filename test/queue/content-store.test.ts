import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { contentGraceMs, createContentStore } from '../../src/queue/content-store.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { sampleContent } from './sample-send.ts';

const { url } = await startTestRedis();
const redis = new Redis(url);
atEnd(() => redis.disconnect());

let stores = 0;
function newStore(secret?: Uint8Array) {
  stores += 1;
  const keys = keyNames(`content${stores}`);
  const open = (with_?: Uint8Array) =>
    createContentStore({ redis, keys, ...(with_ === undefined ? {} : { secret: with_ }) });
  return { keys, open, store: open(secret) };
}

const hourMs = 3_600_000;
const expiryOf = async (key: string): Promise<number> => redis.pexpiretime(key);

describe('put', () => {
  test('stores once, for 48 hours longer than it is needed', async () => {
    const { store, keys } = newStore();
    const until = Date.now() + hourMs;
    const contentKey = await store.put('default', sampleContent(), until);
    expect(await store.put('default', sampleContent(), until)).toBe(contentKey);
    expect(await redis.keys(keys.content('*'))).toHaveLength(1);
    expect(await expiryOf(keys.content(contentKey))).toBe(until + contentGraceMs);
    expect(await store.get('default', contentKey)).toEqual(sampleContent());
  });

  test('raises the expiry, never lowers it', async () => {
    const { store, keys } = newStore();
    const now = Date.now();
    const put = async (until: number): Promise<number> =>
      expiryOf(keys.content(await store.put('default', sampleContent(), until)));
    expect(await put(now + 2 * hourMs)).toBe(now + 2 * hourMs + contentGraceMs);
    expect(await put(now + hourMs)).toBe(now + 2 * hourMs + contentGraceMs);
    expect(await put(now + 3 * hourMs)).toBe(now + 3 * hourMs + contentGraceMs);
  });

  test('leaves a content without expiry (of a held send) without one', async () => {
    const { store, keys } = newStore();
    const contentKey = await store.put('default', sampleContent(), Date.now());
    await redis.persist(keys.content(contentKey));
    await store.put('default', sampleContent(), Date.now() + hourMs);
    expect(await redis.pttl(keys.content(contentKey))).toBe(-1);
  });

  test('at the same time, stores once', async () => {
    const { store, keys } = newStore();
    const until = Date.now() + hourMs;
    const puts = Array.from({ length: 20 }, async (_each, index) =>
      store.put('default', sampleContent(), until + index),
    );
    expect(new Set(await Promise.all(puts)).size).toBe(1);
    const [key = ''] = await redis.keys(keys.content('*'));
    expect(await expiryOf(key)).toBe(until + 19 + contentGraceMs);
  });
});

describe('get', () => {
  test('gives undefined for what is not there', async () => {
    const { store } = newStore();
    expect(await store.get('default', 'f'.repeat(32))).toBeUndefined();
  });

  test('does not give one tenant the content of another', async () => {
    const { store } = newStore();
    const contentKey = await store.put('acme', sampleContent(), Date.now() + hourMs);
    await expect(store.get('other', contentKey)).rejects.toMatchObject({
      code: 'CONTENT_UNREADABLE',
    });
    expect(await store.get('acme', contentKey)).toEqual(sampleContent());
    expect(await store.put('other', sampleContent(), Date.now() + hourMs)).not.toBe(contentKey);
  });

  test('reads what is encrypted with the same secret only', async () => {
    const { store, open, keys } = newStore(Buffer.alloc(32, 1));
    const content = sampleContent({ text: 'the planted words' });
    const contentKey = await store.put('default', content, Date.now() + hourMs);
    const stored = await redis.getBuffer(keys.content(contentKey));
    expect(stored?.includes('planted')).toBe(false);
    expect(await store.get('default', contentKey)).toEqual(content);
    const unreadable = { code: 'CONTENT_UNREADABLE', message: /ONBEHALF_CONTENT_KEY/ };
    for (const wrong of [Buffer.alloc(32, 2), undefined]) {
      await expect(open(wrong).get('default', contentKey)).rejects.toMatchObject({
        code: unreadable.code,
        message: expect.stringMatching(unreadable.message),
      });
    }
  });

  test('still reads in clear what was stored before there was a secret', async () => {
    const { store, open } = newStore();
    const contentKey = await store.put('default', sampleContent(), Date.now() + hourMs);
    expect(await open(Buffer.alloc(32, 1)).get('default', contentKey)).toEqual(sampleContent());
  });

  test('notices a value that was swapped or changed', async () => {
    const { store, keys } = newStore();
    const until = Date.now() + hourMs;
    const one = await store.put('default', sampleContent(), until);
    const two = await store.put('default', sampleContent({ subject: 'another' }), until);
    await redis.copy(keys.content(two), keys.content(one), 'REPLACE');
    await expect(store.get('default', one)).rejects.toMatchObject({ code: 'CONTENT_UNREADABLE' });
    await redis.setrange(keys.content(two), 20, 'x');
    await expect(store.get('default', two)).rejects.toMatchObject({ code: 'CONTENT_UNREADABLE' });
  });
});
