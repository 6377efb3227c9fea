import { describe, expect, test } from '@jest/globals';
import { createDnsResolver } from '../../src/domains/dns-resolver.ts';
import type { DnsResolver, DnsType } from '../../src/domains/resolver.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { servedTtlSeconds, startTestDns } from '../support/dns-server.ts';

/*
 * One suite for both resolvers: whatever the zone file says, a real server with the same records
 * would have said, through Node's resolver and over a socket.
 */

const soa = {
  nsname: 'ns1.acme.example',
  hostmaster: 'hostmaster.acme.example',
  serial: 7,
  refresh: 3_600,
  retry: 600,
  expire: 86_400,
  minttl: 60,
};

const longKey = ['v=DKIM1; k=rsa; p=', 'A'.repeat(250), 'B'.repeat(140)];

const zone = {
  'Acme.Example': {
    A: ['192.0.2.1', '192.0.2.2'],
    AAAA: ['2001:db8:0:0:0:0:0:1'],
    MX: [
      { priority: 10, exchange: 'MX1.acme.example' },
      { priority: 20, exchange: 'mx2.acme.example' },
    ],
    NS: ['ns1.acme.example'],
    SOA: soa,
    TXT: [['v=spf1 -all'], ['one', 'two']],
  },
  '_dmarc.acme.example': { TXT: [['v=DMARC1; p=none']] },
  'crm1._domainkey.acme.example': { CNAME: ['crm1._domainkey.crm.example'] },
  'crm1._domainkey.crm.example': { TXT: [longKey] },
  'far.acme.example': { CNAME: ['near.acme.example'] },
  'near.acme.example': { CNAME: ['crm1._domainkey.acme.example'] },
  'dangling.acme.example': { CNAME: ['nowhere.example'] },
  'empty-target.acme.example': { CNAME: ['_dmarc.acme.example'] },
  'one.loop.example': { CNAME: ['two.loop.example'] },
  'two.loop.example': { CNAME: ['one.loop.example'] },
  'self.loop.example': { CNAME: ['self.loop.example'] },
  'nullmx.example': { MX: [{ priority: 0, exchange: '' }] },
  '*.wild.example': { TXT: [['from the wildcard']] },
  'own.wild.example': { A: ['192.0.2.9'] },
  'broken.example': { TXT: 'SERVFAIL', A: ['192.0.2.3'], MX: 'REFUSED' },
  'down.example': 'SERVFAIL',
  'to-broken.example': { CNAME: ['broken.example'] },
};

const server = await startTestDns(zone);
const resolvers: readonly (readonly [string, DnsResolver])[] = [
  ['over a socket', createDnsResolver({ servers: [server.address], timeoutMs: 2_000 })],
  ['from a zone', createZoneResolver(zone)],
];

const found: readonly (readonly [string, DnsType, readonly unknown[]])[] = [
  ['acme.example', 'A', ['192.0.2.1', '192.0.2.2']],
  ['acme.example', 'NS', ['ns1.acme.example']],
  ['acme.example', 'SOA', [soa]],
  ['acme.example', 'TXT', [['v=spf1 -all'], ['one', 'two']]],
  [
    'acme.example',
    'MX',
    [
      { priority: 10, exchange: 'mx1.acme.example' },
      { priority: 20, exchange: 'mx2.acme.example' },
    ],
  ],
  ['ACME.example', 'NS', ['ns1.acme.example']],
  ['acme.example.', 'NS', ['ns1.acme.example']],
  ['_dmarc.acme.example', 'TXT', [['v=DMARC1; p=none']]],
  ['crm1._domainkey.crm.example', 'TXT', [longKey]],
  ['crm1._domainkey.acme.example', 'TXT', [longKey]],
  ['crm1._domainkey.acme.example', 'CNAME', ['crm1._domainkey.crm.example']],
  ['far.acme.example', 'TXT', [longKey]],
  ['far.acme.example', 'CNAME', ['near.acme.example']],
  ['dangling.acme.example', 'CNAME', ['nowhere.example']],
  ['self.loop.example', 'CNAME', ['self.loop.example']],
  ['nullmx.example', 'MX', [{ priority: 0, exchange: '' }]],
  ['any.wild.example', 'TXT', [['from the wildcard']]],
  ['broken.example', 'A', ['192.0.2.3']],
];

const otherwise: readonly (readonly [string, DnsType, string])[] = [
  ['acme.example', 'CNAME', 'no-data'],
  ['_dmarc.acme.example', 'A', 'no-data'],
  ['empty-target.acme.example', 'MX', 'no-data'],
  ['_domainkey.acme.example', 'TXT', 'no-data'],
  ['own.wild.example', 'TXT', 'no-data'],
  ['ghost.acme.example', 'A', 'no-name'],
  ['ghost.acme.example', 'CNAME', 'no-name'],
  ['nobody.example', 'MX', 'no-name'],
  ['dangling.acme.example', 'TXT', 'no-name'],
  [`${'a'.repeat(64)}.example`, 'TXT', 'no-name'],
  [`${'abcdefg.'.repeat(40)}example`, 'TXT', 'no-name'],
  ['two..dots.example', 'TXT', 'no-name'],
  ['', 'TXT', 'no-name'],
  ['broken.example', 'TXT', 'failed'],
  ['broken.example', 'MX', 'failed'],
  ['down.example', 'AAAA', 'failed'],
  ['to-broken.example', 'TXT', 'failed'],
  ['one.loop.example', 'TXT', 'failed'],
  ['self.loop.example', 'A', 'failed'],
];

describe.each(resolvers)('%s', (_how, resolver) => {
  test.each(found)('%s %s', async (name, type, records) => {
    const answer = await resolver.resolve(name, type);
    expect(answer).toEqual({
      kind: 'records',
      records: expect.anything(),
      ttlMs: expect.anything(),
    });
    const given = answer.kind === 'records' ? answer.records : [];
    // A server may give the records of a set in any order.
    expect(given).toHaveLength(records.length);
    expect(given).toEqual(expect.arrayContaining([...records]));
  });

  test('IPv6 addresses', async () => {
    const answer = await resolver.resolve('acme.example', 'AAAA');
    expect(answer).toMatchObject({ kind: 'records' });
    expect(JSON.stringify(answer)).toMatch(/2001:db8:(?::1|0:0:0:0:0:1)"/);
  });

  test.each(otherwise)('%s %s: %#', async (name, type, kind) => {
    const answer = await resolver.resolve(name, type);
    const details = {
      ttlMs: expect.any(Number),
      reason: expect.stringMatching(/^[A-Z]+ [a-z.-]+: \w/),
    };
    const { ttlMs, reason } = details;
    expect(answer).toEqual(kind === 'failed' ? { kind, reason } : { kind, ttlMs });
  });

  test('answers that are kept say for how long, the same on both ways', async () => {
    expect(await resolver.resolve('acme.example', 'TXT')).toMatchObject({ ttlMs: 300_000 });
    expect(await resolver.resolve('acme.example', 'CNAME')).toMatchObject({ ttlMs: 60_000 });
    expect(await resolver.resolve('nobody.example', 'TXT')).toMatchObject({ ttlMs: 60_000 });
  });
});

describe('the real resolver', () => {
  const silent = { 'quiet.example': { TXT: 'TIMEOUT' }, 'odd.example': { TXT: 'GARBAGE' } };

  test('a TTL that Node tells is used', async () => {
    const resolver = createDnsResolver({ servers: [server.address] });
    const answer = await resolver.resolve('acme.example', 'A');
    expect(answer).toMatchObject({ ttlMs: servedTtlSeconds * 1_000 });
  });

  test.each(['quiet.example', 'odd.example'])(
    '%s: no answer in time is a failure, after all tries',
    async (name) => {
      const quiet = await startTestDns(silent);
      const resolver = createDnsResolver({
        servers: [quiet.address],
        timeoutMs: 100,
        triesMax: 2,
      });
      const answer = await resolver.resolve(name, 'TXT');
      expect(answer).toMatchObject({ kind: 'failed', reason: expect.stringContaining(name) });
      expect(quiet.questions.filter((each) => each === `TXT ${name}`).length).toBeGreaterThan(1);
    },
  );

  test('the deadline ends what the tries would not', async () => {
    const quiet = await startTestDns(silent);
    const resolver = createDnsResolver({
      servers: [quiet.address],
      timeoutMs: 30_000,
      deadlineMs: 50,
    });
    const answer = await resolver.resolve('quiet.example', 'TXT');
    expect(answer).toEqual({ kind: 'failed', reason: 'TXT quiet.example: no answer in time' });
    const other = await resolver.resolve('quiet.example', 'A');
    expect(other.kind).toBe('no-data');
  });

  test('where nobody listens the answer is a failure', async () => {
    const resolver = createDnsResolver({ servers: ['127.0.0.1:1'], timeoutMs: 100, triesMax: 1 });
    const answer = await resolver.resolve('acme.example', 'TXT');
    expect(answer.kind).toBe('failed');
  });

  test('a name that fits into no query is asked of no server', async () => {
    const quiet = await startTestDns(silent);
    const resolver = createDnsResolver({ servers: [quiet.address] });
    await resolver.resolve(`${'a'.repeat(64)}.example`, 'TXT');
    expect(quiet.questions).toEqual([]);
  });
});
