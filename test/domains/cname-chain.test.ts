import { expect, test } from '@jest/globals';
import { followCnames } from '../../src/domains/cname-chain.ts';
import { TimeToLive } from '../../src/domains/time-to-live.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';

/** `n0.example` → `n1.example` → … and, if given, from the last name back to another one. */
function chainOf(length: number, back?: number): Record<string, { CNAME: string[] }> {
  const links = Array.from({ length }, (_each, index) => [
    `n${index}.example`,
    { CNAME: [`n${index + 1 === length && back !== undefined ? back : index + 1}.example`] },
  ]);
  return Object.fromEntries(links) as Record<string, { CNAME: string[] }>;
}

const cases: readonly (readonly [string, unknown, unknown, number])[] = [
  ['none', {}, { kind: 'chain', targets: [] }, 1],
  ['one', chainOf(1), { kind: 'chain', targets: ['n1.example'] }, 2],
  ['to what is looked for, and no further', chainOf(6), { kind: 'chain', targets: targets(3) }, 3],
  ['to itself', chainOf(1, 0), { kind: 'circle' }, 1],
  ['back to the first', chainOf(2, 0), { kind: 'circle' }, 2],
  ['back to the second', chainOf(3, 1), { kind: 'circle' }, 3],
  [
    'on and on',
    { ...chainOf(3), 'n3.example': { CNAME: ['m0.example'] }, ...longChain() },
    { kind: 'circle' },
    8,
  ],
];

function targets(count: number): readonly string[] {
  return Array.from({ length: count }, (_each, index) => `n${index + 1}.example`);
}

function longChain(): Record<string, unknown> {
  const links = Array.from({ length: 20 }, (_each, index) => [
    `m${index}.example`,
    { CNAME: [`m${index + 1}.example`] },
  ]);
  return Object.fromEntries(links) as Record<string, unknown>;
}

test.each(cases)('%s', async (what, zone, expected, queries) => {
  const resolver = createZoneResolver(zone);
  const until = what.startsWith('to what') ? 'n3.example' : 'nowhere.example';
  expect(await followCnames(resolver, 'n0.example', until, new TimeToLive())).toEqual(expected);
  expect(resolver.queries).toHaveLength(queries);
});

test('no answer on the way', async () => {
  const resolver = createZoneResolver({ ...chainOf(2), 'n1.example': 'SERVFAIL' });
  const ttl = new TimeToLive();
  const chain = await followCnames(resolver, 'n0.example', 'nowhere.example', ttl);
  expect(chain).toEqual({ kind: 'failed', reason: 'CNAME n1.example: the server failed' });
  expect(ttl.sawFailure).toBe(true);
});
