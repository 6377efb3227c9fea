import { expect, test } from '@jest/globals';
import type { MessageContent } from '../../src/mail/message-content.ts';
import type { ContentStore } from '../../src/queue/content-store.ts';
import { keptContents } from '../../src/queue/kept-contents.ts';
import { sampleContent } from './sample-send.ts';

/** A store of contents that notes what is read of it. */
function notingStore(contents: ReadonlyMap<string, MessageContent>) {
  const reads: string[] = [];
  const store: ContentStore = {
    put: () => Promise.reject(new Error('not here')),
    async get(tenant, contentKey) {
      reads.push(`${contentKey}/${tenant}`);
      await Promise.resolve();
      return contents.get(`${contentKey}/${tenant}`);
    },
  };
  return { store, reads };
}

const textOf = (length: number) => sampleContent({ text: 'x'.repeat(length), attachments: [] });

test('a content is read once, also by those who ask while it is being read', async () => {
  const content = sampleContent();
  const { store, reads } = notingStore(new Map([['k/t', content]]));
  const kept = keptContents(store);
  const [first, second] = await Promise.all([kept.get('t', 'k'), kept.get('t', 'k')]);
  expect(first).toBe(content);
  expect(second).toBe(content);
  expect(await kept.get('t', 'k')).toBe(content);
  expect(reads).toEqual(['k/t']);
});

test('another tenant with the same key is another content', async () => {
  const { store, reads } = notingStore(new Map([['k/t', sampleContent()]]));
  const kept = keptContents(store);
  await kept.get('t', 'k');
  expect(await kept.get('other', 'k')).toBeUndefined();
  expect(reads).toEqual(['k/t', 'k/other']);
});

test('what is missing is asked for again', async () => {
  const contents = new Map<string, MessageContent>();
  const { store } = notingStore(contents);
  const kept = keptContents(store);
  expect(await kept.get('t', 'k')).toBeUndefined();
  contents.set('k/t', sampleContent());
  expect(await kept.get('t', 'k')).toBeDefined();
});

test('what was not used for longest goes first, and the bound holds', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const { store, reads } = notingStore(new Map(names.map((name) => [`${name}/t`, textOf(10_000)])));
  // Room for three of about 21,000 bytes.
  const kept = keptContents(store, 70_000);
  for (const name of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await kept.get('t', name);
  expect(reads).toEqual(['a/t', 'b/t', 'c/t', 'd/t', 'b/t']);
});

test('a content with a large attachment is not kept', async () => {
  const attachment = {
    filename: 'a.bin',
    contentType: 'application/octet-stream',
    disposition: 'attachment',
    content: Buffer.alloc(1024 * 1024),
  } as const;
  const { store, reads } = notingStore(
    new Map([['k/t', sampleContent({ attachments: [attachment] })]]),
  );
  const kept = keptContents(store);
  await kept.get('t', 'k');
  await kept.get('t', 'k');
  expect(reads).toHaveLength(2);
});
