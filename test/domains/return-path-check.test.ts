import { expect, test } from '@jest/globals';
import { both, byCname, cname, dkim, mx, provider, returnPath, txt, verify } from './acme-zone.ts';

const host = 'em.acme.example';
const spf = (text: string) => ({ ...mx('bounce.crm.example'), ...txt(text) });
const cases: readonly (readonly [string, unknown, unknown])[] = [
  ['by CNAME', returnPath, both()],
  [
    'by CNAMEs',
    { [host]: cname('x.host.example'), 'x.host.example': cname('bounce.crm.example') },
    both(),
  ],
  ['by MX and SPF', { [host]: spf('v=spf1 include:bounce.crm.example ~all') }, both()],
  ['by MX and a redirect', { [host]: spf('v=spf1 redirect=bounce.crm.example') }, both()],
  [
    'SPF beside other texts, host name in capitals, a plus',
    {
      [host]: {
        ...mx('Bounce.CRM.example.'),
        ...txt('v=spf1 ip4:192.0.2.0/24 +include:Bounce.CRM.example -all', 'x'),
      },
    },
    both(),
  ],
  ['not there', {}, dkim({ missing: [`There is no CNAME at ${host}.`] })],
  [
    'elsewhere',
    { [host]: cname('b.example') },
    dkim({ missing: [`${host} points to b.example instead of bounce.crm.example.`] }),
  ],
  ['in a circle', { [host]: cname(host) }, dkim({ missing: [expect.stringContaining('circle')] })],
  [
    'MX elsewhere',
    { [host]: mx('mx.b.example') },
    dkim({ missing: [expect.stringContaining('mx.b.example')] }),
  ],
  [
    'a second MX elsewhere',
    {
      [host]: {
        ...mx('bounce.crm.example', 'b.example'),
        ...txt('v=spf1 include:bounce.crm.example'),
      },
    },
    dkim({ missing: [expect.stringContaining('b.example')] }),
  ],
  ['null MX', { [host]: mx('') }, dkim({ missing: [expect.stringContaining('is none')] })],
  [
    'MX without SPF',
    { [host]: mx('bounce.crm.example') },
    dkim({ missing: [expect.stringContaining('does not include')] }),
  ],
  [
    'SPF that fails before it includes',
    { [host]: spf('v=spf1 -all include:bounce.crm.example') },
    dkim(),
  ],
  ['SPF that excludes', { [host]: spf('v=spf1 -include:bounce.crm.example ~all') }, dkim()],
  [
    'SPF that includes a longer name',
    { [host]: spf('v=spf1 include:bounce.crm.example.b.example') },
    dkim(),
  ],
  ['a redirect behind all', { [host]: spf('v=spf1 ~all redirect=bounce.crm.example') }, dkim()],
  [
    'two SPF records',
    {
      [host]: {
        ...mx('bounce.crm.example'),
        ...txt('v=spf1 include:bounce.crm.example', 'v=spf1 -all'),
      },
    },
    dkim({ missing: [expect.stringContaining('several SPF')] }),
  ],
  ['a wildcard address', { '*.acme.example': { A: ['192.0.2.1'] } }, dkim()],
  [
    'no answer: DKIM is enough to pass',
    { [host]: 'TIMEOUT' },
    dkim({ missing: [expect.stringContaining('DNS did not answer')] }),
  ],
  ['no answer for MX', { [host]: { MX: 'SERVFAIL' } }, dkim()],
  ['no answer for SPF', { [host]: { ...mx('bounce.crm.example'), TXT: 'SERVFAIL' } }, dkim()],
];
test.each(cases)('%s', async (_what, zone, expected) => {
  expect(await verify({ ...byCname, ...(zone as object) })).toEqual(expected);
});

test('alone it verifies nothing', async () => {
  expect(await verify(returnPath)).toMatchObject({ kind: 'none' });
});

test('label and bounce host are those of the provider', async () => {
  const own = { ...provider, returnPathLabel: 'bounces', bounceHost: 'in.crm.example' };
  const zone = { ...byCname, 'bounces.acme.example': cname('in.crm.example') };
  const expected = both({ returnPathHost: 'bounces.acme.example' });
  expect(await verify(zone, { provider: own })).toEqual(expected);
});
