import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('every environment variable that is read is on the page, and no other', () => {
  const source = read('src/config/environment.ts');
  const known = new Set(source.match(/\b(?:ONBEHALF_[A-Z_]+|REDIS_URL|DATABASE_URL)\b/g));
  const documented = new Set(
    read('docs/configuration.md').match(/\b(?:ONBEHALF_[A-Z_]+|REDIS_URL|DATABASE_URL)\b/g),
  );
  // `ONBEHALF_` alone is the prefix in the code; the last two belong to the tests.
  for (const name of ['ONBEHALF_', 'ONBEHALF_SEED', 'ONBEHALF_CORPUS']) known.delete(name);
  expect(documented).toEqual(known);
});
