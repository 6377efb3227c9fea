import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createDomainFacts } from '../../src/domains/domain-facts.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { createFactsCache } from '../../src/queue/facts-cache.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import { atEnd } from '../support/leftovers.ts';
import { startTestRedis } from '../support/redis.ts';
import { key, provider, txt } from './acme-zone.ts';
import { acme, memoryCache, movableClock, worldOf } from './facts-world.ts';

describe('what processes share', () => {
  test('one asks, the other reads, until the entry ends', async () => {
    const { url } = await startTestRedis();
    const redis = new Redis(url);
    atEnd(() => redis.disconnect());
    const cache = createFactsCache(redis, keyNames());
    const clock = movableClock();
    const first = worldOf(acme, cache, clock);
    const expected = await first.facts.factsOf('acme.example', 'default');
    await first.facts.providerOf('dest.example');
    const second = worldOf({}, cache, clock);
    expect(await second.facts.factsOf('acme.example', 'default')).toEqual(expected);
    expect(await second.facts.providerOf('dest.example')).toBe('gmail');
    expect(second.resolver.queries).toEqual([]);
    // What was read late ends when it would have ended where it was asked.
    const third = worldOf({}, cache, clock);
    clock.move(50_000);
    expect(await third.facts.factsOf('acme.example', 'default')).toEqual(expected);
    clock.move(10_000);
    expect(await third.facts.factsOf('acme.example', 'default')).not.toEqual(expected);
  });

  test('what DNS did not answer is not told to others', async () => {
    const cache = memoryCache();
    const zone = { 'dest.example': 'TIMEOUT', '_dmarc.acme.example': 'TIMEOUT' };
    const { facts } = worldOf(zone, cache);
    await facts.providerOf('dest.example');
    await facts.factsOf('acme.example', 'default');
    expect(cache.entries.size).toBe(0);
  });

  test('a process with other keys does not read what holds for these', async () => {
    const cache = memoryCache();
    const clock = movableClock();
    const first = worldOf(acme, cache, clock);
    await first.facts.factsOf('acme.example', 'default');
    const newer = { ...provider, selectors: [{ selector: 's3', publicKey: 'NEWEST' }] };
    const zone = { ...acme, 's3._domainkey.acme.example': key('NEWEST') };
    const resolver = createZoneResolver(zone);
    const facts = createDomainFacts({ resolver, clock, provider: newer, cache });
    const { verification } = await facts.factsOf('acme.example', 'default');
    expect(verification).toMatchObject({ selector: 's3' });
  });

  test('a cache that fails costs look-ups and nothing else', async () => {
    const refuse = async (): Promise<never> => Promise.reject(new Error('Redis is away'));
    const { facts, resolver } = worldOf(acme, { read: refuse, write: refuse, drop: refuse });
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    await facts.recheck('dest.example');
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    expect(resolver.queries).toHaveLength(2);
  });

  const rubbish: readonly string[] = [
    '',
    'not JSON',
    'null',
    '[]',
    '{}',
    '{"v":2,"untilMs":9e15,"value":{"kind":"known","provider":"gmail"}}',
    '{"v":1,"untilMs":"9","value":{"kind":"known","provider":"gmail"}}',
    '{"v":1,"untilMs":9e15,"value":{"kind":"known","provider":"hotmail"}}',
    '{"v":1,"untilMs":9e15,"value":{"kind":"temperror","reason":"x"}}',
    '{"v":1,"untilMs":9e15,"value":null}',
    '{"v":1,"untilMs":5,"value":{"kind":"known","provider":"yahoo"}}',
  ];
  test.each(rubbish)('an entry %j counts as none', async (entry) => {
    const cache = memoryCache();
    cache.entries.set('mx:dest.example', entry);
    const { facts, resolver } = worldOf(acme, cache);
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    expect(resolver.queries).toHaveLength(1);
  });

  test('nor does an entry of a domain in From with any field missing or wrong', async () => {
    const cache = memoryCache();
    const zone = { ...acme, '_onbehalf.acme.example': txt('tenant=default') };
    const first = worldOf(zone, cache);
    await first.facts.factsOf('acme.example', 'default');
    const [name, entry = ''] = [...cache.entries][0] ?? [];
    const spoil = (path: readonly string[], value: unknown): string => {
      const tree = JSON.parse(entry) as Record<string, unknown>;
      const parent = path
        .slice(0, -1)
        .reduce<Record<string, unknown>>((at, each) => at[each] as typeof at, tree);
      parent[path.at(-1) ?? ''] = value;
      return JSON.stringify(tree);
    };
    const paths: readonly (readonly string[])[] = [
      ['v'],
      ['untilMs'],
      ['value'],
      ['value', 'domain'],
      ['value', 'organisationalDomain'],
      ['value', 'freemail'],
      ['value', 'dmarc'],
      ['value', 'dmarc', 'kind'],
      ['value', 'dmarc', 'policy'],
      ['value', 'dmarc', 'recordDomain'],
      ['value', 'dmarc', 'strictDkim'],
      ['value', 'dmarc', 'strictSpf'],
      ['value', 'verification'],
      ['value', 'verification', 'kind'],
      ['value', 'verification', 'signingDomain'],
      ['value', 'verification', 'selector'],
      ['value', 'verification', 'returnPathHost'],
      ['value', 'binding', 'name'],
      ['value', 'binding', 'tenants'],
    ];
    const intact = worldOf(zone, cache);
    await intact.facts.factsOf('acme.example', 'default');
    expect(intact.resolver.queries).toEqual([]);
    for (const path of paths) {
      for (const value of [undefined, null, 7, 'constructor', ['x']]) {
        const tenants = path.at(-1) === 'tenants' && Array.isArray(value);
        const text = [
          'domain',
          'organisationalDomain',
          'recordDomain',
          'signingDomain',
          'selector',
        ];
        const free = [...text, 'returnPathHost', 'name'].includes(path.at(-1) ?? '');
        const isAnotherText = typeof value === 'string' && free && path.at(-1) !== 'domain';
        if (tenants || isAnotherText || (path.at(-1) === 'untilMs' && value === 7)) continue;
        cache.entries.set(name ?? '', spoil(path, value));
        const { facts, resolver } = worldOf(zone, cache);
        await facts.factsOf('acme.example', 'default');
        expect([path, value, resolver.queries.length > 0]).toEqual([path, value, true]);
      }
    }
  });
});
