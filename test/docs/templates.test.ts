import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { engines } from '../../src/templates/liquid-engine.ts';

const page = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8');

test('the filters and the page about them are the same, both ways', () => {
  const [, list = ''] = /^Filters: ([^.]+)\./m.exec(page) ?? [];
  const documented = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  for (const engine of Object.values(engines)) {
    expect(documented).toEqual(Object.keys(engine.filters).toSorted());
  }
});

test('every tag is on the page', () => {
  const tags = Object.keys(engines.html.tags).filter((name) => /^\w+$/.test(name));
  expect(tags.filter((name) => !new RegExp(`(?:\\{%-? |\`)${name}\\b`).test(page))).toEqual([]);
});
