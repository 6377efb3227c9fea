import { expect, test } from '@jest/globals';
import { dnsRecordsToAdd } from '../../src/domains/dns-records-to-add.ts';
import { factsFor, inspectDomain, type ProviderInDns } from '../../src/domains/domain-facts.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { byCname, cname, key, keyless, provider, returnPath, txt } from './acme-zone.ts';

async function toAdd(zone: unknown, domain: string, by: ProviderInDns, tenant?: string) {
  const record = await inspectDomain(createZoneResolver(zone), domain, by);
  return dnsRecordsToAdd(record, by, tenant).map(({ name, type, value }) =>
    [name, type, value].join(' '),
  );
}

const keyRecord = 's2._domainkey.acme.example CNAME s2._domainkey.crm.example';
const pathRecord = 'em.acme.example CNAME bounce.crm.example';
const dmarcRecord = '_dmarc.acme.example TXT v=DMARC1; p=none';
const published = { '_dmarc.acme.example': txt('v=DMARC1; p=none') };

const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing there', {}, [keyRecord, pathRecord, dmarcRecord]],
  ['a policy is there', published, [keyRecord, pathRecord]],
  ['the key is there', { ...published, ...byCname }, [pathRecord]],
  ['all is there', { ...published, ...byCname, ...returnPath }, []],
  [
    'only a retired key is there',
    { ...published, ...returnPath, 's1._domainkey.acme.example': key('OLDKEY') },
    [keyRecord],
  ],
  [
    'DNS does not answer',
    { 'acme.example': 'SERVFAIL', '_dmarc.acme.example': 'SERVFAIL' },
    [keyRecord, pathRecord],
  ],
  [
    'a return path would not align',
    { ...byCname, '_dmarc.acme.example': txt('v=DMARC1; p=reject; aspf=s') },
    [],
  ],
];

test.each(cases)('%s', async (_what, zone, expected) => {
  expect(await toAdd(zone, 'acme.example', provider)).toEqual(expected);
});

test('adding them verifies the domain', async () => {
  const record = await inspectDomain(createZoneResolver(byCname), 'shop.example', provider);
  const added = dnsRecordsToAdd(record, provider, 'acme').map(({ name, type, value }) => [
    name,
    type === 'CNAME' ? cname(value) : txt(value),
  ]);
  const zone = { ...byCname, ...(Object.fromEntries(added) as object) };
  const after = await inspectDomain(createZoneResolver(zone), 'shop.example', provider);
  expect(dnsRecordsToAdd(after, provider, 'acme')).toEqual([]);
  expect(factsFor(after, 'acme').verification.kind).toBe('dkim+returnpath');
  expect(factsFor(after, 'other').verification.kind).toBe('none');
});

test('the key stands there as text, too, where it is known', async () => {
  const record = await inspectDomain(createZoneResolver({}), 'acme.example', provider);
  const [withKey] = dnsRecordsToAdd(record, provider);
  expect(withKey?.instead).toEqual({ type: 'TXT', value: 'v=DKIM1; k=rsa; p=NEWKEY' });
  const [without] = dnsRecordsToAdd(record, keyless);
  expect(without).not.toHaveProperty('instead');
});

test('a tenant may keep the domain for itself', async () => {
  const zone = { ...published, ...byCname, ...returnPath };
  const bindingRecord = '_onbehalf.acme.example TXT tenant=acme';
  expect(await toAdd(zone, 'acme.example', provider, 'acme')).toEqual([bindingRecord]);
  const bound = { ...zone, '_onbehalf.acme.example': txt('tenant=acme') };
  expect(await toAdd(bound, 'acme.example', provider, 'acme')).toEqual([]);
  const other = { ...zone, '_onbehalf.acme.example': txt('tenant=other') };
  expect(await toAdd(other, 'acme.example', provider, 'acme')).toEqual([bindingRecord]);
});

test('to a public mailbox domain nothing can be added', async () => {
  expect(await toAdd({}, 'gmail.com', provider, 'acme')).toEqual([]);
});

test('our own domain needs no CNAME to itself', async () => {
  expect(await toAdd({}, 'crm.example', provider)).toEqual([
    'em.crm.example CNAME bounce.crm.example',
    '_dmarc.crm.example TXT v=DMARC1; p=none',
  ]);
});
