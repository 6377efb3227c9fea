import { expect, test } from '@jest/globals';
import { findDmarc, type DmarcFinding } from '../../src/domains/dmarc.ts';
import { failedTtlMs, TimeToLive } from '../../src/domains/time-to-live.ts';
import { createZoneResolver } from '../../src/domains/zone-resolver.ts';
import { seededRandom } from '../support/seed.ts';
import { readDmarcCases } from './dmarc-cases.ts';

const dmarcCases = readDmarcCases();

function summaryOf({ dmarc }: DmarcFinding): string {
  if (dmarc.kind !== 'published') return dmarc.kind;
  const strict = `${dmarc.strictDkim ? ' adkim' : ''}${dmarc.strictSpf ? ' aspf' : ''}`;
  return `${dmarc.policy} ${dmarc.recordDomain}${strict}`;
}

test('there are cases enough, each of its own', () => {
  expect(dmarcCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(dmarcCases.map(({ what }) => what)).size).toBe(dmarcCases.length);
});

test.each(dmarcCases)('$what: $dmarc', async ({ zone, from, dmarc, organisation, queries }) => {
  const resolver = createZoneResolver(zone);
  const ttl = new TimeToLive();
  const finding = await findDmarc(resolver, from, ttl);
  expect(summaryOf(finding)).toBe(dmarc);
  expect(finding.organisationalDomain ?? '?').toBe(organisation);
  expect(resolver.queries.length).toBe(queries ?? resolver.queries.length);
  expect(resolver.queries.length).toBeLessThanOrEqual(9);
  const isUnknown = dmarc === 'temperror' || organisation === '?';
  expect([ttl.sawFailure, ttl.ms <= failedTtlMs]).toEqual([isUnknown, isUnknown]);
});

test('a record of 64 KB is read in no time, whatever it is made of', async () => {
  const filler = ['p=a ', '; ', 'v=DMARC1;', ' \t', '=', 'p=none;', 'rua=mailto:a@a,', 'x'];
  for (const part of filler) {
    const text = `v=DMARC1; p=reject; ${part.repeat(65_000 / part.length)}z`;
    const zone = { '_dmarc.acme.example': { TXT: [[text]] } };
    const startedAt = process.cpuUsage().user;
    await findDmarc(createZoneResolver(zone), 'acme.example');
    // Quadratic time would be seconds.
    expect(process.cpuUsage().user - startedAt).toBeLessThan(500_000);
  }
});

test('the walk asks from the longest name to the shortest, each once', async () => {
  const resolver = createZoneResolver({});
  await findDmarc(resolver, 'a.b.c.d.e.f.g.h.i.j.mail.example.com');
  expect(resolver.queries).toEqual(
    [
      'a.b.c.d.e.f.g.h.i.j.mail.example.com',
      'g.h.i.j.mail.example.com',
      'h.i.j.mail.example.com',
      'i.j.mail.example.com',
      'j.mail.example.com',
      'mail.example.com',
      'example.com',
      'com',
    ].map((name) => `TXT _dmarc.${name}`),
  );
});

test('whatever stands in DNS, and wherever it does not answer: 9 questions at most, no throw', async () => {
  const random = seededRandom();
  const texts = [
    'v=DMARC1; p=reject; psd=y',
    'v=DMARC1; p=none; np=reject',
    'v=DMARC1; sp=quarantine; t=y; psd=n',
    'v=DMARC1;;;;=;p',
    'v=DMARC1; p=bad',
    '\u0000\u{10ffff}; v=DMARC1',
    '',
  ];
  for (let round = 0; round < 2_000; round += 1) {
    const labels = Array.from({ length: 2 + random.integer(12) }, () => random.pick(['a', 'b']));
    const zone: Record<string, unknown> = {};
    labels.forEach((_label, index) => {
      const name = `_dmarc.${labels.slice(index).join('.')}`;
      const chance = random.integer(10);
      if (chance < 3) zone[name] = { TXT: [[random.pick(texts)]] };
      if (chance === 3) zone[name] = { TXT: [[random.pick(texts)], [random.pick(texts)]] };
      if (chance === 4) zone[name] = random.pick(['SERVFAIL', 'TIMEOUT']);
      if (chance === 5) zone[name] = { CNAME: [name] };
    });
    const resolver = createZoneResolver(zone);
    const from = labels.join('.');
    const { dmarc, organisationalDomain, reason } = await findDmarc(resolver, from);
    expect(resolver.queries.length).toBeLessThanOrEqual(9);
    // Either the organisational domain is one of the names, or DNS did not answer.
    expect(organisationalDomain === undefined).toBe(reason !== undefined);
    expect(`.${from}`.endsWith(`.${organisationalDomain ?? from}`)).toBe(true);
    if (dmarc.kind === 'temperror') continue;
    expect(['none-found', 'published']).toContain(dmarc.kind);
  }
});
