import { describe, expect, test } from '@jest/globals';
import { createDomainFacts } from '../../src/domains/domain-facts.ts';
import type { DnsResolver } from '../../src/domains/resolver.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { cname, provider, txt } from './acme-zone.ts';
import { acme, memoryCache, movableClock, worldOf } from './facts-world.ts';

describe('what is known', () => {
  test('facts of a domain in From, whatever its letters', async () => {
    const { facts } = worldOf(acme);
    expect(await facts.factsOf('Acme.Example', 'default')).toEqual({
      domain: 'acme.example',
      organisationalDomain: 'acme.example',
      freemail: false,
      dmarc: {
        kind: 'published',
        policy: 'reject',
        recordDomain: 'acme.example',
        strictDkim: false,
        strictSpf: false,
      },
      verification: {
        kind: 'dkim+returnpath',
        signingDomain: 'acme.example',
        selector: 's2',
        returnPathHost: 'em.acme.example',
      },
    });
    expect(await facts.providerOf('DEST.example')).toBe('gmail');
  });

  test('an internationalised domain is asked for in A-labels', async () => {
    const { facts, resolver } = worldOf({});
    expect(await facts.factsOf('bücher.example', 'default')).toMatchObject({
      domain: 'xn--bcher-kva.example',
    });
    expect(resolver.queries).toContain('TXT _dmarc.xn--bcher-kva.example');
  });

  test.each(['', 'example', 'jane@acme.example', 'a b.example', '192.0.2.1'])(
    '%j is no domain',
    async (text) => {
      const { facts, resolver } = worldOf(acme);
      const refused = { code: 'INVALID_INPUT' };
      await expect(facts.factsOf(text, 'default')).rejects.toMatchObject(refused);
      await expect(facts.providerOf(text)).rejects.toMatchObject(refused);
      await expect(facts.recheck(text)).rejects.toMatchObject(refused);
      expect(resolver.queries).toEqual([]);
    },
  );

  test('one record serves all tenants, each as it may', async () => {
    const { facts, resolver } = worldOf({ ...acme, '_onbehalf.acme.example': txt('tenant=acme') });
    const [own, other] = await Promise.all([
      facts.factsOf('acme.example', 'acme'),
      facts.factsOf('acme.example', 'other'),
    ]);
    expect([own.verification.kind, other.verification.kind]).toEqual(['dkim+returnpath', 'none']);
    expect(new Set(resolver.queries).size).toBe(resolver.queries.length);
    expect(Object.keys(own)).not.toContain('binding');
  });
});

describe('how long it is kept', () => {
  test('5 minutes where all was found, and then it is asked anew', async () => {
    const { facts, resolver, clock } = worldOf(acme);
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    clock.move(299_999);
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    expect(resolver.queries).toHaveLength(1);
    clock.move(1);
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    expect(resolver.queries).toHaveLength(2);
  });

  test('a minute where something was not there: negative answers are kept as well', async () => {
    const { facts, resolver, clock } = worldOf({});
    await facts.factsOf('acme.example', 'default');
    const asked = resolver.queries.length;
    clock.move(59_999);
    await facts.factsOf('acme.example', 'default');
    expect(resolver.queries).toHaveLength(asked);
    clock.move(1);
    await facts.factsOf('acme.example', 'default');
    expect(resolver.queries).toHaveLength(2 * asked);
  });

  test('half a minute where DNS did not answer', async () => {
    const { facts, resolver, clock } = worldOf({ 'dest.example': 'SERVFAIL' });
    expect(await facts.providerOf('dest.example')).toBe('temperror');
    clock.move(29_999);
    expect(await facts.providerOf('dest.example')).toBe('temperror');
    expect(resolver.queries).toHaveLength(1);
    clock.move(1);
    await facts.providerOf('dest.example');
    expect(resolver.queries).toHaveLength(2);
  });

  test('until it is to be checked again', async () => {
    const cache = memoryCache();
    const { facts, resolver } = worldOf(acme, cache);
    await facts.factsOf('acme.example', 'default');
    await facts.providerOf('acme.example');
    const asked = resolver.queries.length;
    expect(cache.entries.size).toBe(2);
    await facts.recheck('Acme.example');
    expect(cache.entries.size).toBe(0);
    await facts.factsOf('acme.example', 'default');
    expect(resolver.queries.length).toBe(2 * asked - 1);
  });

  test('10,000 domains, the latest used', async () => {
    const { facts, resolver } = worldOf({});
    await facts.providerOf('first.example');
    await facts.providerOf('second.example');
    for (let index = 0; index < 9_998; index += 1) await facts.providerOf(`d${index}.example`);
    await facts.providerOf('first.example');
    await facts.providerOf('one-more.example');
    const asked = resolver.queries.length;
    await facts.providerOf('first.example');
    expect(resolver.queries).toHaveLength(asked);
    await facts.providerOf('second.example');
    expect(resolver.queries).toHaveLength(asked + 1);
  });
});

describe('several who ask at once', () => {
  /** A resolver whose answers come when they are let go. */
  function heldResolver(zone: unknown) {
    const inner = createZoneResolver(zone);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const resolver: DnsResolver = {
      resolve: async (name, type) => {
        const answer = await inner.resolve(name, type);
        await held;
        return answer;
      },
    };
    return { resolver, queries: inner.queries, release: () => release() };
  }

  test('wait for one look-up', async () => {
    const { resolver, queries, release } = heldResolver(acme);
    const facts = createDomainFacts({ resolver, clock: movableClock(), provider });
    const all = Array.from({ length: 50 }, async () => facts.factsOf('acme.example', 'default'));
    release();
    const answers = await Promise.all(all);
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(new Set(queries).size).toBe(queries.length);
  });

  test('a look-up that was dropped on its way is not kept', async () => {
    const { resolver, queries, release } = heldResolver(acme);
    const cache = memoryCache();
    const facts = createDomainFacts({ resolver, clock: movableClock(), provider, cache });
    const early = facts.providerOf('dest.example');
    await facts.recheck('dest.example');
    const late = facts.providerOf('dest.example');
    release();
    expect(await Promise.all([early, late])).toEqual(['gmail', 'gmail']);
    expect(queries).toEqual(['MX dest.example', 'MX dest.example']);
    await facts.providerOf('dest.example');
    expect(queries).toHaveLength(2);
  });

  test('an answer from before it was dropped never replaces a newer one', async () => {
    const old = heldResolver({ 'dest.example': { MX: [{ priority: 1, exchange: 'mx.example' }] } });
    const now = createZoneResolver(acme);
    let asked = 0;
    const resolver: DnsResolver = {
      resolve: async (name, type) => {
        asked += 1;
        return asked === 1 ? old.resolver.resolve(name, type) : now.resolve(name, type);
      },
    };
    const cache = memoryCache();
    const facts = createDomainFacts({ resolver, clock: movableClock(), provider, cache });
    const early = facts.providerOf('dest.example');
    // Its question is out before it is dropped: the cache is asked first.
    await Promise.resolve();
    await facts.recheck('dest.example');
    while (asked === 0) await Promise.resolve();
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    old.release();
    expect(await early).toBe('other');
    expect(await facts.providerOf('dest.example')).toBe('gmail');
    expect([...cache.entries.values()].join()).toContain('gmail');
    expect(asked).toBe(2);
  });
});

test('a domain that points to us only where DNS loops is not verified', async () => {
  const { facts } = worldOf({
    's2._domainkey.acme.example': cname('s2._domainkey.acme.example'),
    's1._domainkey.acme.example': cname('s1._domainkey.acme.example'),
  });
  expect(await facts.factsOf('acme.example', 'default')).toMatchObject({
    verification: { kind: 'none' },
  });
});
