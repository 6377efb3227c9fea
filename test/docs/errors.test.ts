import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { errorCatalogue } from '../../src/runtime/errors.ts';

test('the error codes and their page are the same, both ways', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
  expect(documented).toEqual(Object.keys(errorCatalogue));
});
