import { expect, test } from '@jest/globals';
import { mimeTree } from '../../src/headers/mime-tree.ts';
import { sampleContent } from '../queue/sample-send.ts';

test('a content is encoded once, however many messages share it', () => {
  const content = sampleContent();
  expect(mimeTree(content)).toBe(mimeTree(content));
});

test('an equal content that is another object has an equal tree of its own', () => {
  const first = mimeTree(sampleContent());
  const second = mimeTree(sampleContent());
  expect(second).not.toBe(first);
  expect(second).toEqual(first);
});
