import { describe, expect, test } from '@jest/globals';
import { inspectDomain } from '../../src/domains/domain-facts.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import {
  both,
  byCname,
  cname,
  dkim,
  key,
  keyless,
  keyName,
  none,
  ours,
  provider,
  returnPath,
  txt,
  verify,
} from './acme-zone.ts';

describe('our key', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['by CNAME', byCname, dkim()],
    ['by TXT', { [keyName]: key('NEWKEY') }, dkim()],
    [
      'by a CNAME to a name that points to us',
      {
        ...ours,
        [keyName]: cname('x.host.example'),
        'x.host.example': cname('s2._domainkey.crm.example'),
      },
      dkim(),
    ],
    [
      'by a TXT in several strings',
      { [keyName]: { TXT: [['v=DKIM1; k=rsa; p=NE', 'WK', 'EY']] } },
      dkim(),
    ],
    ['not there', {}, none(`There is no record at ${keyName}.`)],
    ['another key', { [keyName]: key('OTHER') }, none('is another DKIM key than ours')],
    ['revoked', { [keyName]: key('') }, none('is a revoked DKIM key')],
    [
      'a CNAME to somebody else',
      { [keyName]: cname('s2._domainkey.other.example') },
      none(
        `${keyName} points to s2._domainkey.other.example instead of s2._domainkey.crm.example.`,
      ),
    ],
    [
      'a CNAME to somebody else who has our key',
      { [keyName]: cname('a.other.example'), 'a.other.example': key('NEWKEY') },
      dkim(),
    ],
    [
      'a CNAME to us, and we hold nothing there',
      { [keyName]: cname('s2._domainkey.crm.example') },
      none('points to s2._domainkey.crm.example as it should, but the record of the provider'),
    ],
    [
      'a CNAME to us, and we hold an older key there',
      { ...byCname, 's2._domainkey.crm.example': key('OLDKEY') },
      none('as it should, but the record of the provider at s2._domainkey.crm.example is another'),
    ],
    [
      'CNAMEs in a circle',
      { [keyName]: cname('a.example'), 'a.example': cname(keyName) },
      none('lead round in a circle'),
    ],
    [
      'a wildcard that answers everything with SPF',
      { '*.acme.example': txt('v=spf1 -all') },
      none('is no DKIM key'),
    ],
    [
      'a wildcard that points everything elsewhere',
      { '*.acme.example': cname('www.acme.example'), 'www.acme.example': { A: ['192.0.2.1'] } },
      none('points to www.acme.example instead'),
    ],
    [
      'only the retired one',
      { 's1._domainkey.acme.example': key('OLDKEY') },
      dkim({ selector: 's1' }),
    ],
    [
      'both: the active one',
      { [keyName]: key('NEWKEY'), 's1._domainkey.acme.example': key('OLDKEY') },
      dkim(),
    ],
    [
      'DNS does not answer',
      { [keyName]: 'TIMEOUT' },
      { kind: 'temperror', reason: `TXT ${keyName}: no answer in time` },
    ],
    [
      'DNS does not answer for the active one, the retired one is there',
      { [keyName]: 'SERVFAIL', 's1._domainkey.acme.example': key('OLDKEY') },
      { kind: 'temperror', reason: expect.any(String) },
    ],
    [
      'DNS does not answer for the retired one',
      { 's1._domainkey.acme.example': 'SERVFAIL' },
      { kind: 'temperror', reason: expect.any(String) },
    ],
  ];
  test.each(cases)('%s', async (_what, zone, expected) => {
    expect(await verify(zone)).toEqual(expected);
  });
});

describe('our key, where it is not known here', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['a CNAME to us is enough', { [keyName]: cname('s2._domainkey.crm.example') }, dkim()],
    ['a key there could be anybody’s', { [keyName]: key('NEWKEY') }, none('none of ours is known')],
    ['a CNAME to somebody else', { [keyName]: cname('x.example') }, none('points to x.example')],
    ['nothing', {}, none('There is no record')],
    ['no answer', { [keyName]: 'SERVFAIL' }, { kind: 'temperror', reason: expect.any(String) }],
  ];
  test.each(cases)('%s', async (_what, zone, expected) => {
    expect(await verify(zone, { provider: keyless })).toEqual(expected);
  });
});

describe('subdomains', () => {
  const dmarc = (text: string) => ({ '_dmarc.acme.example': txt(text) });
  const domain = 'news.acme.example';

  test('the key of the organisational domain serves', async () => {
    const zone = { ...byCname, ...returnPath, ...dmarc('v=DMARC1; p=reject') };
    expect(await verify(zone, { domain })).toEqual(both());
  });

  test('its own key comes first, its return path, too', async () => {
    const zone = {
      ...byCname,
      ...returnPath,
      ...dmarc('v=DMARC1; p=reject'),
      's2._domainkey.news.acme.example': cname('s2._domainkey.crm.example'),
      'em.news.acme.example': cname('bounce.crm.example'),
    };
    expect(await verify(zone, { domain })).toEqual(
      both({ signingDomain: domain, returnPathHost: `em.${domain}` }),
    );
  });

  test('with adkim=s the key must be of the very domain', async () => {
    const zone = { ...byCname, ...dmarc('v=DMARC1; p=reject; adkim=s') };
    expect(await verify(zone, { domain })).toEqual(none(`s2._domainkey.${domain}`));
    const own = { ...zone, [`s2._domainkey.${domain}`]: key('NEWKEY') };
    expect(await verify(own, { domain })).toEqual(dkim({ signingDomain: domain }));
  });

  test('without DMARC the domain stands for itself', async () => {
    expect(await verify(byCname, { domain })).toMatchObject({ kind: 'none' });
  });

  test('the parent of a public suffix is no help', async () => {
    const zone = {
      ...ours,
      '_dmarc.co.example': txt('v=DMARC1; p=none; psd=y'),
      's2._domainkey.co.example': cname('s2._domainkey.crm.example'),
    };
    expect(await verify(zone, { domain: 'acme.co.example' })).toMatchObject({ kind: 'none' });
  });

  test('where the organisation is not known, a key of the domain itself is enough', async () => {
    const unknown = { '_dmarc.acme.example': 'SERVFAIL' };
    const zone = { ...byCname, ...unknown };
    expect(await verify(zone, { domain })).toMatchObject({ kind: 'temperror' });
    const own = { ...zone, [`s2._domainkey.${domain}`]: key('NEWKEY') };
    expect(await verify(own, { domain })).toEqual(dkim({ signingDomain: domain }));
  });

  test('missing is told for both domains', async () => {
    expect(await verify(dmarc('v=DMARC1; p=none'), { domain })).toEqual(
      none(`s2._domainkey.${domain}`, keyName),
    );
  });
});

describe('tenants', () => {
  const bound = (...texts: readonly string[]) => ({
    ...byCname,
    ...returnPath,
    '_onbehalf.acme.example': txt(...texts),
  });

  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['bound to this one', bound('tenant=acme'), both()],
    ['bound to several', bound('tenant=other', 'tenant=acme'), both()],
    ['bound to another one', bound('tenant=other'), none('is bound to another tenant than acme')],
    ['bound to one that is written otherwise', bound('tenant=ACME'), none('another tenant')],
    ['spaces and capitals around', bound(' Tenant = acme '), both()],
    ['a text that binds nobody', bound('v=spf1 -all', 'tenant='), both()],
    [
      'a wildcard that says something else',
      { ...byCname, ...returnPath, '*.acme.example': txt('x') },
      both(),
    ],
    [
      'no answer',
      { ...byCname, ...returnPath, '_onbehalf.acme.example': 'TIMEOUT' },
      { kind: 'temperror', reason: expect.any(String) },
    ],
  ];
  test.each(cases)('%s', async (_what, zone, expected) => {
    expect(await verify(zone)).toEqual(expected);
  });

  test('a binding holds for subdomains, unless they have their own', async () => {
    const domain = 'news.acme.example';
    const own = { [`s2._domainkey.${domain}`]: key('NEWKEY') };
    const zone = { ...bound('tenant=other'), ...own };
    expect(await verify(zone, { domain })).toMatchObject({ kind: 'none' });
    const free = { ...zone, [`_onbehalf.${domain}`]: txt('tenant=acme') };
    expect(await verify(free, { domain })).toMatchObject({ signingDomain: domain });
  });
});

test('a public mailbox domain is never verified, and nobody asks for its keys', async () => {
  const resolver = createZoneResolver({ 's2._domainkey.gmail.com': key('NEWKEY') });
  const record = await inspectDomain(resolver, 'gmail.com', provider);
  expect(record).toMatchObject({ freemail: true, verification: { kind: 'none' } });
  expect(resolver.queries).toEqual(['TXT _dmarc.gmail.com', 'TXT _dmarc.com']);
});

test('how many questions a verified domain costs', async () => {
  const resolver = createZoneResolver({ ...byCname, ...returnPath });
  await inspectDomain(resolver, 'acme.example', provider);
  expect([...resolver.queries].sort()).toEqual([
    'CNAME em.acme.example',
    'TXT _dmarc.acme.example',
    'TXT _dmarc.example',
    'TXT _onbehalf.acme.example',
    `TXT ${keyName}`,
  ]);
});
