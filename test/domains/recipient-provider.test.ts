import { expect, test } from '@jest/globals';
import type { RecipientProvider } from '../../src/mail/domain-facts.ts';
import { findRecipientProvider } from '../../src/domains/recipient-provider.ts';
import { TimeToLive } from '../../src/domains/time-to-live.ts';
import { createZoneResolver, type ZoneResolver } from '../../src/domains/zone-resolver.ts';

const mx = (...hosts: readonly string[]) =>
  hosts.map((host) => {
    const [exchange = '', priority = '10'] = host.split(' ');
    return { exchange, priority: Number(priority) };
  });

async function providerOf(resolver: ZoneResolver, domain: string): Promise<string> {
  const finding = await findRecipientProvider(resolver, domain, new TimeToLive());
  return finding.kind === 'known' ? finding.provider : finding.kind;
}

const cases: readonly (readonly [readonly string[], RecipientProvider])[] = [
  [['aspmx.l.google.com 1', 'alt1.aspmx.l.google.com 5', 'aspmx2.googlemail.com'], 'gmail'],
  [['smtp.google.com 1'], 'gmail'],
  [['gmail-smtp-in.l.google.com 5'], 'gmail'],
  [['dest-example.mail.protection.outlook.com 0'], 'microsoft'],
  [['dest-example.a-v1.mx.microsoft 0'], 'microsoft'],
  [['hotmail-com.olc.protection.outlook.com 2'], 'microsoft'],
  [['mta5.am0.yahoodns.net 1', 'mta6.am0.yahoodns.net 1'], 'yahoo'],
  [['mx01.mail.icloud.com', 'mx02.mail.icloud.com'], 'apple'],
  [['mx.dest.example'], 'other'],
  [['google.com.evil.example'], 'other'],
  [['notgoogle.com'], 'other'],
  [['MX01.MAIL.ICLOUD.COM.'], 'apple'],
  [['filter.example 5', 'aspmx.l.google.com'], 'other'],
  [['filter.example', 'aspmx.l.google.com 5'], 'gmail'],
  [['filter.example', 'aspmx.l.google.com'], 'gmail'],
  [['. 0'], 'other'],
];

test.each(cases)('%j: %s', async (hosts, provider) => {
  const resolver = createZoneResolver({ 'dest.example': { MX: mx(...hosts) } });
  expect(await providerOf(resolver, 'dest.example')).toBe(provider);
});

test('without MX it is nobody large: the domain takes mail itself, or does not exist', async () => {
  const resolver = createZoneResolver({ 'dest.example': { A: ['192.0.2.1'] } });
  expect(await providerOf(resolver, 'dest.example')).toBe('other');
  expect(await providerOf(resolver, 'ghost.example')).toBe('other');
});

test('where DNS does not answer nothing is guessed', async () => {
  const resolver = createZoneResolver({ 'dest.example': 'TIMEOUT' });
  const ttl = new TimeToLive();
  expect(await findRecipientProvider(resolver, 'dest.example', ttl)).toEqual({
    kind: 'temperror',
    reason: 'MX dest.example: no answer in time',
  });
  expect(ttl.sawFailure).toBe(true);
});

test('well-known public domains need no DNS', async () => {
  const resolver = createZoneResolver({});
  const known = { 'gmail.com': 'gmail', 'hotmail.co.uk': 'microsoft', 'aol.com': 'yahoo' };
  for (const [domain, provider] of Object.entries({ ...known, 'me.com': 'apple' })) {
    expect(await providerOf(resolver, domain)).toBe(provider);
  }
  expect(resolver.queries).toEqual([]);
});
