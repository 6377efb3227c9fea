import { describe, expect, test } from '@jest/globals';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { zoneWithOwnKeys } from '../../src/domains/zone-with-own-keys.ts';
import { codeOf, type OnbehalfError } from '../../src/runtime/errors.ts';

function problemsOf(zone: unknown): readonly string[] {
  try {
    createZoneResolver(zone);
  } catch (error) {
    if (codeOf(error) !== 'INVALID_INPUT') throw error;
    return (error as OnbehalfError).problems.map(({ field, message }) => `${field}: ${message}`);
  }
  return [];
}

describe('what a zone may not hold', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /^zone: must be an object of names, is a list of 0/],
    ['acme.example', /^zone: must be an object/],
    [null, /^zone: must be an object/],
    [{ 'a..example': {} }, /^a\.\.example: is no DNS name/],
    [{ 'a.example': {}, 'A.example.': {} }, /^A\.example\.: stands there twice/],
    [{ 'a.example': ['192.0.2.1'] }, /^a\.example: must hold types/],
    [{ 'a.example': 'BROKEN' }, /^a\.example: .*one of SERVFAIL/],
    [{ 'a.example': { TXT: 'v=DMARC1; p=none' } }, /^a\.example TXT: must be a list of records/],
    [{ 'a.example': { TXT: [['a', 1]] } }, /^a\.example TXT\[0\]: must be a list of texts/],
    [{ 'a.example': { TXT: [[]] } }, /^a\.example TXT\[0\]/],
    [{ 'a.example': { MX: ['mx.example'] } }, /^a\.example MX\[0\]: must be \{"priority"/],
    [{ 'a.example': { MX: [{ priority: '1', exchange: 'b' }] } }, /^a\.example MX\[0\]/],
    [{ 'a.example': { CNAME: 'b.example' } }, /^a\.example CNAME: must be a list/],
    [{ 'a.example': { CNAME: ['b.example', 'c.example'] } }, /a name has one CNAME/],
    [{ 'a.example': { CNAME: ['b..example'] } }, /^a\.example CNAME\[0\]: must be a name/],
    [{ 'a.example': { CNAME: ['b.example'], A: ['192.0.2.1'] } }, /may not stand beside others?/],
    [{ 'a.example': { SOA: { nsname: 'ns' } } }, /^a\.example SOA\[0\]/],
    [{ 'a.example': { A: [1] } }, /^a\.example A\[0\]/],
    [{ 'a.example': { SPF: [['v=spf1']] } }, /^a\.example SPF: is no record type/],
  ];

  test.each(wrong)('%j', (zone, message) => {
    const problems = problemsOf(zone);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test('all problems come at once', () => {
    const zone = { 'a.example': { TXT: 1, MX: [{}, {}] }, 'b.example': 7 };
    expect(problemsOf(zone)).toHaveLength(4);
  });
});

describe('what a zone may hold besides records', () => {
  test('a record of one string may stand without its list', async () => {
    const resolver = createZoneResolver({ 'a.example': { TXT: ['one', ['two', 'three']] } });
    const answer = await resolver.resolve('a.example', 'TXT');
    expect(answer).toMatchObject({ records: [['one'], ['two', 'three']] });
  });

  test.each([
    ['SERVFAIL', 'failed'],
    ['ESERVFAIL', 'failed'],
    ['TIMEOUT', 'failed'],
    ['ETIMEOUT', 'failed'],
    ['REFUSED', 'failed'],
    ['NXDOMAIN', 'no-name'],
    ['ENOTFOUND', 'no-name'],
    ['NODATA', 'no-data'],
    ['ENODATA', 'no-data'],
  ])('%s, for one type or for all', async (word, kind) => {
    const resolver = createZoneResolver({ 'a.example': { TXT: word }, 'b.example': word });
    expect(await resolver.resolve('a.example', 'TXT')).toMatchObject({ kind });
    expect(await resolver.resolve('a.example', 'MX')).toMatchObject({ kind: 'no-data' });
    expect(await resolver.resolve('b.example', 'MX')).toMatchObject({ kind });
  });

  test('types that nobody asks for make a name exist; an empty list is no record', async () => {
    const resolver = createZoneResolver({ 'a.example': { SRV: [{ name: 'x' }], TXT: [] } });
    expect(await resolver.resolve('a.example', 'A')).toMatchObject({ kind: 'no-data' });
    expect(await resolver.resolve('a.example', 'TXT')).toMatchObject({ kind: 'no-data' });
  });

  test('names below one that does not exist are not made by it', async () => {
    const resolver = createZoneResolver({ 'gone.b.example': 'NXDOMAIN' });
    expect(await resolver.resolve('b.example', 'A')).toMatchObject({ kind: 'no-name' });
  });

  test('a name of the object prototype is a name like others', async () => {
    const resolver = createZoneResolver(JSON.parse('{"__proto__": {"A": ["192.0.2.1"]}}'));
    expect(await resolver.resolve('__proto__', 'A')).toMatchObject({ kind: 'records' });
    expect(await resolver.resolve('constructor', 'A')).toMatchObject({ kind: 'no-name' });
  });
});

test('queries are remembered in order', async () => {
  const resolver = createZoneResolver({});
  await resolver.resolve('B.example.', 'MX');
  await resolver.resolve('a.example', 'TXT');
  expect(resolver.queries).toEqual(['MX b.example', 'TXT a.example']);
});

describe('our own keys in a zone', () => {
  const provider = {
    domain: 'crm.example',
    selectors: [{ selector: 's1', publicKey: 'AAAA' }, { selector: 's2' }],
  };

  test('the known ones are there unless the zone speaks of them', () => {
    expect(zoneWithOwnKeys({ 'a.example': {} }, provider)).toEqual({
      'a.example': {},
      's1._domainkey.crm.example': { TXT: [['v=DKIM1; k=rsa; p=AAAA']] },
    });
    const own = { 'S1._domainkey.CRM.example.': 'NXDOMAIN' };
    expect(zoneWithOwnKeys(own, provider)).toEqual(own);
  });

  test('what is no zone stays what it is', () => {
    for (const zone of [null, [], 'x']) expect(zoneWithOwnKeys(zone, provider)).toBe(zone);
  });
});
