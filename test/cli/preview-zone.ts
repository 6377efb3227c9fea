/**
 * A zone with domains of users in every situation, and the provider as it should be set up.
 *
 * @param publicKey of the provider's DKIM key, DER in base64
 */
export function previewZone(publicKey: string): Readonly<Record<string, unknown>> {
  const mx = { MX: [{ priority: 10, exchange: 'mx.hoster.example' }] };
  const text = (value: string): unknown => ({ TXT: [[value]] });
  const dmarc = (tags: string): unknown => text(`v=DMARC1; ${tags}`);
  const ourKey = { CNAME: ['onbehalf1._domainkey.crm.example'] };
  const ourBounces = { CNAME: ['bounce.crm.example'] };
  return {
    'plain.example': mx,
    'none.example': mx,
    '_dmarc.none.example': dmarc('p=none'),
    'quarantine.example': mx,
    '_dmarc.quarantine.example': dmarc('p=quarantine'),
    'reject.example': mx,
    '_dmarc.reject.example': dmarc('p=reject'),
    'dkim.example': mx,
    '_dmarc.dkim.example': dmarc('p=reject'),
    'onbehalf1._domainkey.dkim.example': ourKey,
    'full.example': mx,
    '_dmarc.full.example': dmarc('p=reject'),
    'onbehalf1._domainkey.full.example': ourKey,
    'em.full.example': ourBounces,
    'strict.example': mx,
    '_dmarc.strict.example': dmarc('p=reject; aspf=s; adkim=s'),
    'onbehalf1._domainkey.strict.example': ourKey,
    'em.strict.example': ourBounces,
    'bound.example': mx,
    'onbehalf1._domainkey.bound.example': ourKey,
    '_onbehalf.bound.example': text('tenant=acme'),
    'gmail.com': mx,
    '_dmarc.gmail.com': dmarc('p=none; sp=quarantine'),
    'silent.example': mx,
    '_dmarc.silent.example': 'TIMEOUT',
    'dest.example': { MX: [{ priority: 1, exchange: 'aspmx.l.google.com' }] },
    'crm.example': mx,
    '_dmarc.crm.example': dmarc('p=reject'),
    'u.crm.example': mx,
    'onbehalf1._domainkey.crm.example': text(`v=DKIM1; k=rsa; p=${publicKey}`),
    'bounce.crm.example': { ...mx, ...(text('v=spf1 ip4:192.0.2.10 -all') as object) },
  };
}
