import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('every reason for quarantine is on the pages, and no other', () => {
  const source = read('src/history/intake-verdict.ts');
  const [, union = ''] = /export type QuarantineReason =([^;]+);/.exec(source) ?? [];
  const known = new Set([...union.matchAll(/'([a-z-]+)'/g)].map(([, reason]) => reason));
  expect(known.size).toBeGreaterThan(5);
  const rows = `${read('docs/copies.md')}${read('docs/bounces.md')}`
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes('kept back'));
  const documented = rows.flatMap((row) =>
    [...(/kept back \(([^)]+)\)/.exec(row)?.[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(
      ([, reason]) => reason,
    ),
  );
  expect(new Set(documented)).toEqual(known);
});
