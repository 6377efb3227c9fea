import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { format } from 'prettier';
import { bounceClassesPage } from './bounce-classes-page.ts';

test('the page of bounce classes is what taxonomy and rules say', async () => {
  const page = readFileSync(new URL('../../docs/bounce-classes.md', import.meta.url), 'utf8');
  const made = await format(bounceClassesPage(), { parser: 'markdown', printWidth: 100 });
  expect(page === made || 'docs/bounce-classes.md is old: npm run docs:bounces').toBe(true);
});
